// What 500 customers do in an hour, without buying: us-east-1 is still a replica. Run by k6, which
// is told how many and for how long; here is only what counts as good.
import http from "k6/http";
import { check, sleep } from "k6";

const base = __ENV.BASE;

export const options = {
  thresholds: {
    http_req_failed: ["rate<0.01"],
    http_req_duration: ["p(95)<1000"],
  },
};

export default function () {
  const headers = { "X-Smoke-Test": "1" };
  for (const path of ["/products", "/products/smoke-test", "/customers/smoke-test"]) {
    const answer = http.get(`${base}${path}`, { headers });
    check(answer, { "is answered": (it) => it.status === 200 });
    sleep(1 + Math.random() * 4);
  }
}
