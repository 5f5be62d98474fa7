// The real package brings a native WebRTC stack that is downloaded at install time. Peers of an agent speak TCP and uTP; without
// these three `@thaunknown/simple-peer` says that WebRTC is not supported, and WebTorrent leaves browsers' peers alone.
export const RTCPeerConnection = undefined;
export const RTCSessionDescription = undefined;
export const RTCIceCandidate = undefined;
