import { expect, test } from "vitest";
import { workshopId } from "./workshop-id.ts";

test.each([
  ["2925604173", "2925604173"],
  ["  2925604173\n", "2925604173"],
  ["https://steamcommunity.com/sharedfiles/filedetails/?id=2925604173", "2925604173"],
  ["http://www.steamcommunity.com/workshop/filedetails/?id=2925604173&searchtext=x", "2925604173"],
  ["steamcommunity.com/sharedfiles/filedetails/?l=russian&id=2925604173", "2925604173"],
  ["steam://url/CommunityFilePage/2925604173", "2925604173"],
  ["", null],
  ["abc", null],
  ["-5", null],
  ["https://steamcommunity.com/sharedfiles/filedetails/", null],
  ["https://steamcommunity.com/sharedfiles/filedetails/?id=abc", null],
  ["https://evil.example/?id=2925604173", null],
  ["steam://run/480", null],
  ["javascript:alert(1)", null],
])("workshopId(%j) is %j", (text, expected) => {
  expect(workshopId(text)).toBe(expected);
});
