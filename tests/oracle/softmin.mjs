// A Node program that speaks the oracle's protocol: softmin, softargmin and log_loss.
import { createInterface } from "node:readline";

const F = (E, beta) => {
  const m = Math.min(...E);
  let excess = 0; // mean of exp(-beta (E - m)) - 1, so that a small beta keeps its digits
  for (const e of E) excess += Math.expm1(-beta * (e - m));
  return m - Math.log1p(excess / E.length) / beta;
};
const weights = (E, beta) => {
  const m = Math.min(...E);
  const e = E.map((v) => Math.exp(-beta * (v - m)));
  const sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
};
const functions = {
  softmin: ({ E, beta }) => E.map((row) => F(row, beta)),
  softargmin: ({ E, beta }) => E.map((row) => weights(row, beta)),
  log_loss: ({ F, F_hat }) => F.map((f, i) => Math.max(f - F_hat[i], 0) + Math.log1p(Math.exp(-Math.abs(f - F_hat[i])))),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const reply =
    "echo" in request
      ? { protocol: 1, dtype: "float64", functions: Object.keys(functions), echo: request.echo }
      : { id: request.id, result: functions[request.function](request.arguments) };
  console.log(JSON.stringify(reply));
}
