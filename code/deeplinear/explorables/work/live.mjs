// Work off the main thread: a worker does the newest task and tells every few hundredths of a second how far
// it is. This file is the worker too; where there are no workers, the work is done between frames.

/** @import { News, Task } from "../types.d.ts" */

/**
 * Does `budget` milliseconds of the newest task at a time, then `send({number, result, running})`.
 * @template Result
 * @template {unknown[]} Question
 * @param {number} budget
 * @param {(news: News<Result>) => void} send
 * @returns {(number: number, task: Task<Result, Question> | null, question: Question | null) => void}
 */
function inSlices(budget, send) {
  let newest = 0;
  return (number, task, question) => {
    newest = number;
    if (!task || !question) return;
    const news = task(...question);
    /** @type {Result} */
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

/**
 * A task of the module at `address`, which exports it by its name: a generator, whose values tell what is known
 * so far. `ask(…question)` begins it anew, and `report(result, running)` hears of the newest question only;
 * `drop()` forgets it; `stop()` ends the worker.
 * @template Result
 * @template {unknown[]} Question
 * @param {string} address
 * @param {Task<Result, Question>} task
 * @param {(result: Result, running: boolean) => void} report
 */
export function live(address, task, report) {
  let number = 0;
  let begun = false; // a worker waits for the first question
  /** @type {Question | null} */
  let latest = null;
  /** @type {Worker | null} */
  let worker = null;
  /** @type {(news: News<Result>) => unknown} */
  const receive = (news) => news.number === number && report(news.result, news.running);
  /** @type {ReturnType<typeof inSlices<Result, Question>>} */
  const here = inSlices(4, receive);
  const begin = () => {
    begun = true;
    try {
      worker = new Worker(import.meta.url, { type: "module" });
      worker.onmessage = ({ data }) => receive(data);
      worker.onerror = () => {
        worker = null;
        if (latest) here(number, task, latest);
      };
      worker.postMessage(address);
    } catch {
      worker = null; // there are none here
    }
  };
  /** @type {(question: Question | null) => void} */
  const send = (question) => {
    latest = question;
    number += 1;
    if (question && !begun) begin();
    if (worker) worker.postMessage([number, question && task.name, question]);
    else here(number, task, question);
  };
  return {
    /** @type {(...question: Question) => void} */
    ask: (...question) => send(question),
    drop: () => send(null),
    stop() {
      send(null);
      worker?.terminate();
    },
  };
}

if (globalThis.WorkerGlobalScope) {
  const work = inSlices(30, (news) => postMessage(news));
  /** @type {Promise<Record<string, Task<unknown, unknown[]>>> | undefined} */
  let tasks;
  onmessage = async ({ data }) => {
    if (typeof data === "string") tasks = import(data);
    else {
      const [number, name, question] = data;
      const loaded = await tasks;
      work(number, loaded?.[name] ?? null, question);
    }
  };
}
