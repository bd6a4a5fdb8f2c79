// Work off the main thread, here without workers: told of as it goes, in slices, and given up for newer work.
import assert from "node:assert/strict";
import { test } from "node:test";
import { live } from "../../code/deeplinear/explorables/work/live.mjs";

function* count(most) {
  for (let i = 1; i < most; i++) {
    const until = performance.now() + 0.2;
    while (performance.now() < until);
    yield i;
  }
  return most;
}

const wait = (time) => new Promise((done) => setTimeout(done, time));

function counting() {
  const reports = [];
  const work = live("data:,", count, (result, running) => reports.push([result, running]));
  return { reports, work };
}

test("work is told of as it goes, and newer work ends older", async () => {
  const { reports, work } = counting();
  work.ask(1e6);
  await wait(30);
  const older = reports.length;
  work.ask(100);
  while (reports.at(-1)?.[1] !== false) await wait(10);
  assert.ok(older > 0 && reports.length > older + 1, `${older} and ${reports.length} reports`);
  assert.deepEqual(reports.at(-1), [100, false]);
  await wait(30);
  assert.equal(reports.filter(([, running]) => !running).length, 1);
});

for (const end of ["drop", "stop"])
  test(`after \`${end}\` nothing is told any more`, async () => {
    const { reports, work } = counting();
    work.ask(1e6);
    await wait(30);
    work[end]();
    const before = reports.length;
    await wait(40);
    assert.ok(before > 0);
    assert.equal(reports.length, before);
  });
