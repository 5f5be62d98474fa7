import { describe, expect, test, vi } from "vitest";
import { fakeEngine } from "../test/fake-engine.ts";
import { fakeGateway } from "../test/fake-gateway.ts";
import { anOffer, PACKED, testAgent } from "../test/harness.ts";
import { tempFolder } from "../test/temp-folder.ts";

const refOf = ({ job, epoch }: { job: string; epoch: number }) => ({ job, epoch });

describe("startAgent()", () => {
  test("startAgent() enrols, takes an offer, and reports what it delivered until it is settled", async () => {
    await using folder = await tempFolder();
    await using gateway = await fakeGateway();
    const engine = fakeEngine({ waits: false });
    await using _agent = await testAgent({ at: gateway, dataFolder: folder.path, engines: [engine] });
    await vi.waitFor(() => expect(gateway.heardOf("ready")).toMatchObject([{ slots: 2 }]));
    const offer = anOffer();

    gateway.say(offer);

    await vi.waitFor(() => expect(gateway.heardOf("finished")).toHaveLength(1));
    const { kind: _, entries: __, ...packed } = PACKED;
    expect(gateway.heardOf("accept")).toEqual([{ type: "accept", ...refOf(offer) }]);
    expect(gateway.heardOf("finished")[0]).toMatchObject({ ...refOf(offer), ...packed, fetched: { manifest: "42" } });
    gateway.say({ type: "settled", ...refOf(offer) });
    await vi.waitFor(() => expect(gateway.heardOf("ready").at(-1)).toMatchObject({ slots: 2 }));
  });
});
