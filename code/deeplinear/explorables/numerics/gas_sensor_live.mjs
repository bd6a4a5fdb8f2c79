// Work off the main thread: a worker does the newest task and tells every few hundredths of a second how far it is. This file is
// the worker too; where there are no workers, the work is done between frames.
import { begin } from "./gas_sensor.mjs";
import { compareDepths } from "./gas_sensor_rates.mjs";

function* train(state, data) {
  const { run, advance } = begin(state, data);
  while (advance(40)) yield run;
  return run;
}

const TASKS = { train, compare: compareDepths };

/** A worker's inside: `budget` milliseconds of the newest task at a time, then `send({number, result, running})`. */
function inSlices(budget, send) {
  let newest = 0;
  return (number, task, ...question) => {
    newest = number;
    const news = TASKS[task](...question);
    let result;
    const slice = () => {
      if (number !== newest) return;
      const end = performance.now() + budget;
      let running = true;
      while (running && performance.now() < end) {
        const { value, done } = news.next();
        running = !done;
        result = value ?? result;
      }
      send({ number, result, running });
      if (running) setTimeout(slice);
    };
    setTimeout(slice, 8); // the page paints first
  };
}

/** `report(result, running)` tells of the newest question; `ask(state, data)`, `stop()`. The task is "train" or "compare". */
export function live(task, report) {
  let number = 0;
  let latest;
  let worker;
  const receive = (news) => news.number === number && report(news.result, news.running);
  const here = inSlices(4, receive);
  try {
    worker = new Worker(import.meta.url, { type: "module" });
    worker.onmessage = ({ data }) => receive(data);
    worker.onerror = () => {
      worker = null;
      if (latest) here(number, ...latest);
    };
  } catch {
    // `worker` stays undefined
  }
  return {
    ask(...question) {
      latest = [task, ...question];
      number += 1;
      if (worker) worker.postMessage([number, ...latest]);
      else here(number, ...latest);
    },
    stop() {
      number += 1;
      worker?.terminate();
    },
  };
}

if (globalThis.WorkerGlobalScope) {
  const work = inSlices(30, (news) => postMessage(news));
  onmessage = ({ data }) => work(...data);
}
