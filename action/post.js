// node_modules/@actions/core/lib/command.js
import * as os from "os";

// node_modules/@actions/core/lib/utils.js
function toCommandValue(input) {
  if (input === null || input === void 0) {
    return "";
  } else if (typeof input === "string" || input instanceof String) {
    return input;
  }
  return JSON.stringify(input);
}
function toCommandProperties(annotationProperties) {
  if (!Object.keys(annotationProperties).length) {
    return {};
  }
  return {
    title: annotationProperties.title,
    file: annotationProperties.file,
    line: annotationProperties.startLine,
    endLine: annotationProperties.endLine,
    col: annotationProperties.startColumn,
    endColumn: annotationProperties.endColumn
  };
}

// node_modules/@actions/core/lib/command.js
function issueCommand(command, properties, message) {
  const cmd = new Command(command, properties, message);
  process.stdout.write(cmd.toString() + os.EOL);
}
var CMD_STRING = "::";
var Command = class {
  constructor(command, properties, message) {
    if (!command) {
      command = "missing.command";
    }
    this.command = command;
    this.properties = properties;
    this.message = message;
  }
  toString() {
    let cmdStr = CMD_STRING + this.command;
    if (this.properties && Object.keys(this.properties).length > 0) {
      cmdStr += " ";
      let first = true;
      for (const key in this.properties) {
        if (this.properties.hasOwnProperty(key)) {
          const val = this.properties[key];
          if (val) {
            if (first) {
              first = false;
            } else {
              cmdStr += ",";
            }
            cmdStr += `${key}=${escapeProperty(val)}`;
          }
        }
      }
    }
    cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
    return cmdStr;
  }
};
function escapeData(s) {
  return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
function escapeProperty(s) {
  return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/:/g, "%3A").replace(/,/g, "%2C");
}

// node_modules/@actions/core/lib/core.js
import * as os2 from "os";
var ExitCode;
(function(ExitCode2) {
  ExitCode2[ExitCode2["Success"] = 0] = "Success";
  ExitCode2[ExitCode2["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
function setSecret(secret) {
  issueCommand("add-mask", {}, secret);
}
function warning(message, properties = {}) {
  issueCommand("warning", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function info(message) {
  process.stdout.write(message + os2.EOL);
}
function getState(name) {
  return process.env[`STATE_${name}`] || "";
}

// src/foundation/misplaced-credential.ts
var FORMS = [
  ["database token", /apiv3_/i],
  ["lease", /stsl_/i],
  // Header and payload of a JWT (RFC 7515): each begins with `{"`.
  ["subject token", /eyJ[\w-]+\.eyJ[\w-]+/]
];
function credentialIn(text) {
  const plain2 = decode(text);
  return FORMS.find(([, form]) => form.test(plain2))?.[0] ?? null;
}
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// src/client/answers.ts
function readPage(body) {
  const { tokens, cursor, incomplete = [] } = body ?? {};
  const sound = Array.isArray(tokens) && (cursor === null || typeof cursor === "string") && Array.isArray(incomplete) && incomplete.every((instance) => typeof instance === "string");
  return sound ? { tokens, cursor, incomplete } : null;
}

// src/client/error.ts
var StsError = class extends Error {
  name = "StsError";
  reason;
  /** For a person to read. */
  detail;
  /** Whether the same request may succeed later. */
  retryable;
  /** What the service answered; null when it did not. */
  problem;
  retryAfter;
  constructor({ reason, detail, retryable, problem, retryAfter, cause }) {
    super(`${reason}: ${detail}`, { cause });
    this.reason = reason;
    this.detail = detail;
    this.retryable = retryable;
    this.problem = problem ?? null;
    this.retryAfter = retryAfter ?? null;
  }
};

// src/client/audit.ts
function readUsage(body) {
  const { since, rules } = body ?? {};
  const isTime2 = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
  const isRule = (one) => typeof one?.rule === "string" && isTime2(one.last_used);
  return isTime2(since) && Array.isArray(rules) && rules.every(isRule) ? body : null;
}
function createAuditCalls(get, origin) {
  const read = async (path, signal) => {
    const body = await get(path, signal);
    if (Array.isArray(body?.events) && Array.isArray(body.incomplete)) return body;
    const detail = `The server at ${origin} gave a page of the audit trail that is none.`;
    throw new StsError({ reason: "service_unreadable", detail, retryable: false });
  };
  return {
    auditEvents: (query = {}, { signal } = {}) => {
      const given = Object.entries(query).filter(([, value]) => value !== void 0);
      const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
      return read(`/v1/audit/events${search.size === 0 ? "" : `?${search}`}`, signal);
    },
    auditRequest: (requestId, { signal } = {}) => read(`/v1/audit/events/${encodeURIComponent(requestId)}`, signal),
    usage: async ({ signal } = {}) => {
      const usage = readUsage(await get("/v1/audit/usage", signal));
      if (usage !== null) return usage;
      const detail = `The server at ${origin} gave an answer that is no list of rules.`;
      throw new StsError({ reason: "service_unreadable", detail, retryable: false });
    }
  };
}

// src/foundation/written-number.ts
var WrittenNumber = class {
  /** As it was written, in JSON's grammar. */
  #text;
  constructor(text) {
    this.#text = text;
  }
  toString() {
    return this.#text;
  }
  /** The same digits again; as text where the engine cannot write them (Node.js before 21). */
  toJSON() {
    return JSON.rawJSON?.(this.#text) ?? this.#text;
  }
};

// src/foundation/json.ts
var MAX_DEPTH = 32;
function parseJson(text, limits = {}) {
  const { maxDepth = MAX_DEPTH, plainKeys = false, keepDigits = false } = limits;
  const cursor = { text, at: 0, room: maxDepth, maxDepth, plainKeys, keepDigits, problem: null };
  const value = readValue(cursor);
  if (cursor.problem === null && cursor.at < text.length) cursor.problem = INVALID;
  return cursor.problem === null ? { ok: true, value } : { ok: false, problem: cursor.problem };
}
var INVALID = "it is not valid JSON";
var DUPLICATE = "a key appears twice in one object";
var ESCAPED_KEY = "a key is spelled with escapes";
var TAB = 9;
var LINE_FEED = 10;
var CARRIAGE_RETURN = 13;
var SPACE = 32;
var QUOTE = 34;
var COMMA = 44;
var COLON = 58;
var OPEN_BRACKET = 91;
var BACKSLASH = 92;
var CLOSE_BRACKET = 93;
var OPEN_BRACE = 123;
var CLOSE_BRACE = 125;
function readValue(cursor) {
  let value;
  switch (peek(cursor)) {
    case QUOTE:
      value = readString(cursor);
      break;
    case OPEN_BRACE:
      value = readNested(cursor, readObject);
      break;
    case OPEN_BRACKET:
      value = readNested(cursor, readList);
      break;
    default:
      value = readScalar(cursor);
  }
  peek(cursor);
  return value;
}
function peek(cursor) {
  for (; ; ) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return code;
    cursor.at++;
  }
}
function expect(cursor, code) {
  if (cursor.text.charCodeAt(cursor.at) === code) cursor.at++;
  else cursor.problem ??= INVALID;
}
function readNested(cursor, read) {
  if (cursor.room === 0) {
    cursor.problem ??= `it is nested deeper than ${cursor.maxDepth} levels`;
    return void 0;
  }
  cursor.room--;
  cursor.at++;
  const value = read(cursor);
  cursor.room++;
  return value;
}
function readObject(cursor) {
  const object = {};
  if (peek(cursor) === CLOSE_BRACE) {
    cursor.at++;
    return object;
  }
  while (cursor.problem === null) {
    peek(cursor);
    const start = cursor.at;
    const key = readString(cursor);
    if (cursor.plainKeys && cursor.at - start !== key.length + 2) cursor.problem ??= ESCAPED_KEY;
    if (Object.hasOwn(object, key)) cursor.problem ??= DUPLICATE;
    peek(cursor);
    expect(cursor, COLON);
    const value = readValue(cursor);
    if (key === "__proto__") Object.defineProperty(object, key, { value, ...PLAIN_PROPERTY });
    else object[key] = value;
    if (cursor.text.charCodeAt(cursor.at) !== COMMA) break;
    cursor.at++;
  }
  expect(cursor, CLOSE_BRACE);
  return object;
}
var PLAIN_PROPERTY = { writable: true, enumerable: true, configurable: true };
function readList(cursor) {
  const list = [];
  if (peek(cursor) === CLOSE_BRACKET) {
    cursor.at++;
    return list;
  }
  while (cursor.problem === null) {
    list.push(readValue(cursor));
    if (cursor.text.charCodeAt(cursor.at) !== COMMA) break;
    cursor.at++;
  }
  expect(cursor, CLOSE_BRACKET);
  return list;
}
function readString(cursor) {
  const { text } = cursor;
  expect(cursor, QUOTE);
  let decoded = "";
  let from = cursor.at;
  while (cursor.problem === null) {
    const code = text.charCodeAt(cursor.at);
    if (code === QUOTE) {
      const rest = text.slice(from, cursor.at++);
      return decoded === "" ? rest : decoded + rest;
    }
    if (code === BACKSLASH) {
      decoded += text.slice(from, cursor.at) + readEscape(cursor);
      from = cursor.at;
    } else if (code >= SPACE) {
      cursor.at++;
    } else {
      cursor.problem = INVALID;
    }
  }
  return decoded;
}
var ESCAPES = /* @__PURE__ */ new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "	"]
]);
var FOUR_HEX_DIGITS = /^[0-9A-Fa-f]{4}$/;
function readEscape(cursor) {
  const letter = cursor.text.charAt(cursor.at + 1);
  if (letter === "u") {
    const digits = cursor.text.slice(cursor.at + 2, cursor.at + 6);
    cursor.at += 6;
    if (FOUR_HEX_DIGITS.test(digits)) return String.fromCharCode(Number.parseInt(digits, 16));
  } else {
    const meant = ESCAPES.get(letter);
    cursor.at += 2;
    if (meant !== void 0) return meant;
  }
  cursor.problem ??= INVALID;
  return "";
}
var NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
function readScalar(cursor) {
  const { text, at } = cursor;
  NUMBER.lastIndex = at;
  if (NUMBER.test(text)) {
    cursor.at = NUMBER.lastIndex;
    const number = text.slice(at, cursor.at);
    const value = Number(number);
    if (cursor.keepDigits && String(value) !== number) return new WrittenNumber(number);
    return Number.isSafeInteger(value) && String(value) !== number ? Number.NaN : value;
  }
  for (const [word, value] of WORDS) {
    if (text.startsWith(word, at)) {
      cursor.at += word.length;
      return value;
    }
  }
  cursor.problem ??= INVALID;
  return void 0;
}
var WORDS = [
  ["true", true],
  ["false", false],
  ["null", null]
];

// src/foundation/network-fault.ts
var KINDS = [
  [/^ECONNREFUSED$|connection refused/i, "connection refused"],
  [/^ENOTFOUND$|dns lookup failed|no such host/i, "unknown host"],
  [/^EAI_AGAIN$/, "the name of the host cannot be looked up at the moment"],
  [/^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/, "no route to the host"],
  [
    /^(CERT_|ERR_TLS_CERT|UNABLE_TO_(GET|VERIFY|DECODE|DECRYPT)|DEPTH_ZERO_SELF|SELF_SIGNED|HOSTNAME_MISMATCH)|certificate/,
    "its certificate is not accepted",
    "lasting"
  ],
  [/^(EPROTO|ERR_SSL_\w+|ERR_TLS_\w+)$|\bTLS\b/, "no TLS connection comes about", "lasting"],
  [/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$|timed? ?out/i, "timed out"],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$|connection (lost|reset|closed)/i, "the connection broke off"]
];
var PROXY = /^Proxy response \((\d{3})\)/;
var CODE = /^[A-Z][A-Z0-9_]{2,50}$/;
var MAX_DEPTH2 = 8;
function faultOf(error) {
  const all = [...causesOf(error)].reverse();
  const tunnel = all.flatMap(({ message }) => PROXY.exec(message)?.[1] ?? [])[0];
  if (tunnel !== void 0) {
    const wants = tunnel === "407" ? ", because it wants a user name and a password" : "";
    return { words: `the proxy opens no way there (status ${tunnel})${wants}`, lasting: tunnel === "407" };
  }
  for (const { code: code2, message } of all) {
    const kind = KINDS.find(([form]) => form.test(code2)) ?? KINDS.find(([form]) => form.test(message));
    const named2 = CODE.test(code2) ? ` (${code2})` : "";
    if (kind !== void 0) return { words: kind[1] + named2, lasting: kind[2] === "lasting" };
  }
  const code = all.map((one) => one.code).find((one) => CODE.test(one));
  return { words: code === void 0 ? "the network failed" : `the network failed (${code})`, lasting: false };
}
function causesOf(error, depth = 0) {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH2) return [];
  const { code, message, cause, errors } = error;
  const own = { code: typeof code === "string" ? code : "", message: typeof message === "string" ? message : "" };
  const inner = [cause, ...Array.isArray(errors) ? errors.slice(0, 1) : []];
  return [own, ...inner.flatMap((one) => causesOf(one, depth + 1))];
}

// src/foundation/version.ts
var VERSION = "0.1.0";
var USER_AGENT = `influx-sts/${VERSION}`;

// src/client/environment.ts
var IN_A_PAGE = "document" in globalThis || "WorkerNavigator" in globalThis;
function named(init) {
  const headers = new Headers(init.headers);
  if (!headers.has("user-agent")) headers.set("user-agent", USER_AGENT);
  return { ...init, headers };
}
var webEnvironment = {
  fetch: (url, init) => fetch(url, IN_A_PAGE ? init : named(init)),
  now: () => Date.now(),
  chance: () => Math.random(),
  after: (milliseconds, action, background = false) => {
    const timer = setTimeout(action, milliseconds);
    if (background) timer.unref?.();
    return () => clearTimeout(timer);
  }
};
function boundedFetch({ fetch: fetch2 }, timeoutMs) {
  return (url, init) => {
    const ends = [init.signal, AbortSignal.timeout(timeoutMs)].filter((one) => one != null);
    return fetch2(url, { ...init, signal: AbortSignal.any(ends) });
  };
}
function sleep(milliseconds, { after }, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(milliseconds, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
}

// src/client/problem.ts
function readProblem(json) {
  if (!isObject(json)) return null;
  const { reason, detail = json.error_description, retryable } = json;
  if (typeof reason !== "string" || typeof detail !== "string" || typeof retryable !== "boolean") return null;
  const unsound = Object.entries(SOUND).flatMap(([name, isSound]) => isSound(json[name]) ? [] : [name]);
  const kept = Object.entries(json).filter(([name]) => !unsound.includes(name));
  return { request_id: "", ...Object.fromEntries(kept), detail };
}
var SOUND = {
  request_id: isText,
  max_ttl: isText,
  not_covered: isTexts,
  audience_expected: isTexts,
  identity: isObject,
  limit: isCounts,
  left: isCounts,
  retry_after: (value) => typeof value === "number",
  of: (value) => value === "rule" || value === "caller",
  nearest: (value) => isObject(value) && isText(value.rule) && Array.isArray(value.misses) && value.misses.every(isMiss) && (value.ended === void 0 || isText(value.ended)),
  choices: (value) => Array.isArray(value) && value.every(isChoice)
};
function isMiss(value) {
  const optional = (member) => member === void 0 || isText(member);
  return isObject(value) && isText(value.claim) && isText(value.actual) && optional(value.expected) && optional(value.hint);
}
function isChoice(value) {
  return isObject(value) && isText(value.rule) && isText(value.instance) && isTexts(value.permissions);
}
function isCounts(value) {
  return isObject(value) && Object.values(value).every((count) => typeof count === "number");
}
function isText(value) {
  return typeof value === "string";
}
function isTexts(value) {
  return Array.isArray(value) && value.every(isText);
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// src/client/subject-token.ts
function processVariables() {
  return globalThis.process?.env ?? {};
}

// src/client/proxy.ts
var nodeProcess = () => globalThis.process ?? {};
var used = false;
function useProxies(variables = processVariables()) {
  const named2 = ["https", "http"].flatMap((scheme) => proxyFor(scheme, variables) ?? []);
  const [first] = named2;
  const http = nodeProcess().getBuiltinModule?.("node:http");
  if (first === void 0 || http?.setGlobalProxyFromEnv === void 0) return null;
  const unsound = named2.find(({ address }) => !/^https?:\/\/[^/]/i.test(address) || !URL.canParse(address));
  if (unsound !== void 0) return `${unsound.variable} is no address such as http://proxy.example.com:3128`;
  http.setGlobalProxyFromEnv();
  used = true;
  return null;
}
function unusedProxy(url, variables = processVariables(), { versions, execArgv = [] } = nodeProcess()) {
  const node = versions?.node;
  const { protocol, hostname } = new URL(url);
  const named2 = proxyFor(protocol.slice(0, -1), variables);
  if (node === void 0 || named2 === null || used || isExcepted(hostname, variables)) return null;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const able = major >= 24 || major === 22 && minor >= 21;
  if (!able)
    return `${named2.variable} is set, but Node ${node} cannot use it: take Node 24, and set NODE_USE_ENV_PROXY=1`;
  if (variables.NODE_USE_ENV_PROXY === "1" || execArgv.includes("--use-env-proxy")) return null;
  return `${named2.variable} is set, but Node uses it only with NODE_USE_ENV_PROXY=1`;
}
function proxyFor(scheme, variables) {
  const variable = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((name) => (variables[name] ?? "") !== "");
  return variable === void 0 ? null : { variable, address: variables[variable] };
}
function isExcepted(hostname, variables) {
  const list = variables.no_proxy ?? variables.NO_PROXY ?? "";
  return list.split(/[\s,]+/).map((entry) => entry.replace(/:\d+$/, "").replace(/^\*?\./, "")).some((entry) => entry === "*" || entry !== "" && (hostname === entry || hostname.endsWith(`.${entry}`)));
}

// src/client/connection.ts
var MAX_ANSWER_BYTES = 1024 * 1024;
function createConnection(url, timeoutMs, environment) {
  const origin = originOf(url);
  return {
    origin,
    call: async (call) => {
      const controller = new AbortController();
      const give = () => controller.abort(call.signal?.reason);
      if (call.signal?.aborted) give();
      call.signal?.addEventListener("abort", give, { once: true });
      const ended = new AbortController();
      const late = sleep(timeoutMs, environment, ended.signal).then(
        () => controller.abort(),
        () => {
        }
      );
      try {
        return await exchange(origin, call, controller.signal, environment);
      } catch (error) {
        if (error instanceof StsError) throw error;
        if (call.signal?.aborted) throw aborted(call.signal);
        const late2 = controller.signal.aborted;
        throw late2 ? silent(origin, `did not answer within ${timeoutMs / 1e3} s`, error) : unreachable(origin, error);
      } finally {
        ended.abort();
        call.signal?.removeEventListener("abort", give);
        await late;
      }
    }
  };
}
function unreachable(origin, error) {
  const { words, lasting } = faultOf(error);
  const proxy = unusedProxy(origin);
  const advice = proxy === null ? "" : `. ${proxy}`;
  return silent(origin, `cannot be reached: ${words}${advice}`, error, !lasting);
}
function silent(origin, problem, cause, retryable = true) {
  const detail = `The service at ${origin} ${problem}.`;
  return new StsError({ reason: "service_unreachable", detail, retryable, cause });
}
function aborted(signal) {
  return new StsError({ reason: "aborted", detail: "The caller gave up.", retryable: false, cause: signal.reason });
}
function originOf(url) {
  if (typeof url !== "string" || !URL.canParse(url)) {
    throw new TypeError("url is missing or no URL; write https://sts.example.com");
  }
  const { origin, protocol, hostname, pathname, search, hash, username, password } = new URL(url);
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && loopback)) {
    throw new TypeError(
      "The address of the service is not https; write https://sts.example.com (http is for this machine only)."
    );
  }
  if (pathname !== "/" || [search, hash, username, password].some((part) => part !== "")) {
    throw new TypeError(`The address of the service is more than a host; it would be ${origin}.`);
  }
  return origin;
}
async function exchange(origin, { method, path, credential, body, form, bodiless = false }, signal, environment) {
  const headers = { accept: "application/json, application/problem+json" };
  if (credential !== void 0) headers.authorization = `Bearer ${credential}`;
  if (body !== void 0) headers["content-type"] = "application/json";
  if (form !== void 0) headers["content-type"] = "application/x-www-form-urlencoded";
  const content = form === void 0 ? JSON.stringify(body) : new URLSearchParams(form).toString();
  const init = { method, headers, redirect: "manual", signal };
  const response = await environment.fetch(origin + path, method === "POST" ? { ...init, body: content } : init);
  const text = await readBounded(response, origin);
  const date = Date.parse(response.headers.get("date") ?? "");
  const json = text === "" ? null : readJson(text);
  if (response.ok && text === "" && !bodiless) throw unreadable(origin, "sent an empty answer", true);
  if (response.ok && json !== void 0) {
    return { status: response.status, body: json, serverTime: Number.isNaN(date) ? null : date };
  }
  throw refusal(origin, response, json);
}
async function readBounded(response, origin) {
  const reader = response.body?.getReader();
  if (reader === void 0) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw unreadable(origin, "sent an answer that is too large", false);
    }
    text += decoder.decode(value, { stream: true });
  }
}
var ANSWER_LIMITS = { maxDepth: 2 * MAX_DEPTH, keepDigits: true };
function readJson(text) {
  const json = parseJson(text, ANSWER_LIMITS);
  return json.ok ? json.value : void 0;
}
function refusal(origin, response, json) {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? { retryAfter: seconds } : {};
  const problem = readProblem(json);
  if (problem !== null) {
    const { reason, detail, retryable } = problem;
    return new StsError({ reason, detail, retryable, problem, ...retryAfter });
  }
  const { status } = response;
  const what = `gave an answer that is not of this service (status ${status})`;
  return unreadable(origin, what, PASSING.includes(status), retryAfter);
}
var PASSING = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530];
function unreadable(origin, what, retryable, retryAfter = {}) {
  const detail = `The server at ${origin} ${what}.`;
  return new StsError({ reason: "service_unreadable", detail, retryable, ...retryAfter });
}

// src/client/database-token.ts
var VISIBLE = /^[\x21-\x7e]+$/;
function readDatabaseToken(body, origin) {
  const token = typeof body === "object" ? body : null;
  const sound = token !== null && isVisible(token.token) && (token.lease === null || isVisible(token.lease)) && [token.name, token.rule, token.instance].every(isVisible) && isTime(token.expires_at) && isVisible(token.url) && /^https?:$/.test(URL.canParse(token.url) ? new URL(token.url).protocol : "") && Array.isArray(token.permissions) && token.permissions.every(isVisible) && Number.isFinite(token.expires_in) && token.expires_in >= 0 && (token.usable_after === null || isTime(token.usable_after)) && (token.limit === void 0 || isLimit(token.limit));
  if (sound) return token;
  const detail = `The server at ${origin} gave an answer that is no database token.`;
  throw new StsError({ reason: "service_unreadable", detail, retryable: false });
}
function isLimit(value) {
  const { vends, live } = value ?? {};
  const counts = (part, ...names) => part === void 0 || names.every((name) => Number.isFinite(part?.[name]));
  return typeof value === "object" && counts(vends, "left", "per") && counts(live, "left");
}
function isTime(value) {
  return isVisible(value) && !Number.isNaN(Date.parse(value));
}
function isVisible(value) {
  return typeof value === "string" && VISIBLE.test(value);
}

// src/client/plain.ts
function plain(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�").replace(/##(?=\w*\[)/g, "# #");
}

// src/client/retry.ts
function describeRetry({ error, made, attempts, pauseMs }) {
  const pause = (pauseMs / 1e3).toFixed(1);
  return plain(`attempt ${made} of ${attempts}: ${error.reason}: ${error.detail} Asking again in ${pause} s.`);
}
var FIRST_PAUSE_MS = 500;
var LONGEST_PAUSE_MS = 1e4;
var LONGEST_RETRY_AFTER_MS = 6e4;
async function withRetries(attempt, { attempts, signal, last, onRetry }, environment) {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted) throw aborted(signal);
      if (!(error instanceof StsError) || !error.retryable || made >= attempts) throw error;
      const asked = (error.retryAfter ?? 0) * 1e3;
      if (asked > LONGEST_RETRY_AFTER_MS) throw error;
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** (made - 1), LONGEST_PAUSE_MS);
      const pauseMs = asked + longest * environment.chance();
      if (last?.aborted) throw error;
      onRetry?.({ error, made, attempts, pauseMs });
      const ends = [signal, last].filter((one) => one !== void 0);
      await sleep(pauseMs, environment, AbortSignal.any(ends)).catch(() => {
      });
      if (signal?.aborted) throw aborted(signal);
      if (last?.aborted) throw error;
    }
  }
}

// src/client/switches.ts
function createSwitchCalls(ask) {
  const path = (id) => `/v1/switches/${encodeURIComponent(id)}`;
  return {
    off: async (body) => (await ask({ method: "POST", path: "/v1/switches", body })).body,
    on: async (id) => (await ask({ method: "DELETE", path: path(id) })).body,
    list: async () => (await ask({ method: "GET", path: "/v1/switches" })).body.switches,
    show: async (id) => (await ask({ method: "GET", path: path(id) })).body
  };
}

// src/client/token-name.ts
var NAME_PREFIX = "sts.";
function noName(kind) {
  const isRevocable = kind === "database token" || kind === "lease";
  const remedy = isRevocable ? "Pass it to revoke(), which needs no name." : "Names are those that list() gives.";
  const what = kind === null ? `A token's name begins with "${NAME_PREFIX}"` : `This is a ${kind} and not the name of a token`;
  const detail = `${what}, so it was not sent. ${remedy}`;
  return new StsError({ reason: "request_malformed", detail, retryable: false });
}

// src/client/client.ts
var ATTEMPTS = 4;
var TIMEOUT_MS = 3e4;
var MAX_PAGES = 1e3;
var SOURCE_TIMEOUT_MS = 12e3;
var METADATA = "/.well-known/oauth-authorization-server";
function createClient(options) {
  const { subjectToken, onRetry } = options;
  const { attempts = ATTEMPTS, timeoutMs = TIMEOUT_MS, environment = webEnvironment } = options;
  if (typeof subjectToken !== "function") {
    throw new TypeError('subjectToken must be a function, such as fromEnvironment("NAME") or () => token');
  }
  const connection = createConnection(options.url, timeoutMs, environment);
  const fetch2 = boundedFetch(environment, Math.min(timeoutMs, SOURCE_TIMEOUT_MS));
  const never = new AbortController().signal;
  let audience = options.audience ?? null;
  const patiently = (attempt, signal, last) => withRetries(attempt, { attempts, signal, last, onRetry }, environment);
  async function identified(call) {
    const signal = call.signal ?? never;
    const credential = await give({ fetch: fetch2, signal, audience: () => audienceFor(signal) });
    return connection.call({ ...call, credential });
  }
  async function audienceFor(signal) {
    audience ??= await publishedAudience(connection, signal);
    return audience;
  }
  async function give(context) {
    try {
      return await subjectToken(context);
    } catch (error) {
      if (error instanceof StsError) throw error;
      if (context.signal.aborted) throw aborted(context.signal);
      const detail = `The source of the subject token failed: ${error?.message ?? "it says nothing of why"}`;
      throw new StsError({ reason: "subject_token_unavailable", detail, retryable: false, cause: error });
    }
  }
  const get = async (path, signal) => (await patiently(() => identified({ method: "GET", path, signal }), signal)).body;
  const revoke2 = async (credential, { signal, instance } = {}) => {
    const form = { token: credential, ...instance === void 0 ? {} : { resource: instance } };
    const call = { method: "POST", path: "/oauth/revoke", form, signal, bodiless: true };
    await patiently(() => connection.call(call), signal);
  };
  return {
    origin: connection.origin,
    environment,
    ...createAuditCalls(get, connection.origin),
    switches: createSwitchCalls((call) => patiently(() => identified(call), call.signal)),
    exchange: async (request = {}, { signal, withoutWaiting = false, onVended } = {}) => {
      const last = typeof withoutWaiting === "boolean" ? void 0 : withoutWaiting;
      const call = { method: "POST", path: "/v1/tokens", body: request, signal };
      const { body, serverTime } = await patiently(() => identified(call), signal, last);
      try {
        const token = readDatabaseToken(body, connection.origin);
        onVended?.(token);
        if (withoutWaiting !== true) {
          await waitUntilUsable(token, serverTime ?? environment.now(), environment, { signal, last });
        }
        return token;
      } catch (error) {
        const { lease: lease2 } = body ?? {};
        if (typeof lease2 === "string") await revoke2(lease2).catch(() => {
        });
        throw error;
      }
    },
    revoke: revoke2,
    revokeByName: async (name, { signal } = {}) => {
      if (!name.startsWith(NAME_PREFIX)) throw noName(credentialIn(name));
      const path = `/v1/tokens/${encodeURIComponent(name)}`;
      const { status } = await patiently(() => identified({ method: "DELETE", path, signal, bodiless: true }), signal);
      return status === 202 ? "pending" : "revoked";
    },
    list: async function* ({ all, rule, instance } = {}, { signal, onIncomplete } = {}) {
      let cursor = null;
      let pages = 0;
      do {
        const query = new URLSearchParams();
        if (all === true) query.set("all", "true");
        if (rule !== void 0) query.set("rule", rule);
        if (instance !== void 0) query.set("instance", instance);
        if (cursor !== null) query.set("cursor", cursor);
        const path = query.size === 0 ? "/v1/tokens" : `/v1/tokens?${query}`;
        const page = readPage(await get(path, signal));
        if (page === null || ++pages > MAX_PAGES) {
          const detail = `The server at ${connection.origin} gave a list that has no end or is none.`;
          throw new StsError({ reason: "service_unreadable", detail, retryable: false });
        }
        if (page.incomplete.length > 0) onIncomplete?.(page.incomplete);
        yield* page.tokens;
        cursor = page.cursor;
      } while (cursor !== null);
    },
    whoami: async ({ signal } = {}) => await get("/v1/whoami", signal),
    explain: async (request = {}, { signal } = {}) => {
      const call = { method: "POST", path: "/v1/explain", body: request, signal };
      return (await patiently(() => identified(call), signal)).body;
    }
  };
}
async function publishedAudience({ origin, call }, signal) {
  const { body } = await call({ method: "GET", path: METADATA, signal });
  const metadata = body ?? {};
  const unknown = (detail) => new StsError({ reason: "audience_unknown", detail, retryable: false });
  if (metadata.issuer !== origin) throw unknown(`The metadata of ${origin} is not its own.`);
  const named2 = metadata.audience;
  if (typeof named2 !== "string" || !isPrintable(named2)) {
    throw unknown(`The service at ${origin} names no audience; say yourself which audience to ask for.`);
  }
  if (!URL.canParse(named2) || new URL(named2).origin !== origin) {
    throw unknown(
      `The service at ${origin} asks for tokens for ${JSON.stringify(named2)}, which is not its own address. If that is right, name this audience yourself.`
    );
  }
  return named2;
}
function isPrintable(text) {
  return /^[\x21-\x7e]{1,1024}$/.test(text);
}
async function waitUntilUsable({ usable_after, expires_in }, serverTime, environment, { signal, last }) {
  if (usable_after === null || last?.aborted) return;
  const wait = Math.min(Date.parse(usable_after) - serverTime, expires_in * 1e3);
  if (!(wait > 0)) return;
  const ends = [signal, last].filter((one) => one !== void 0);
  await sleep(wait, environment, AbortSignal.any(ends)).catch(() => {
  });
  if (signal?.aborted) throw aborted(signal);
}

// src/action/masks.ts
var PREFIXES = ["", "Bearer ", "Token ", ":"];
var LINE_WIDTHS = [76, 64];
var LONGEST_BROKEN = 256;
var SHORTEST_MASK = 12;
function formsOf(secret) {
  const bare = /^[a-z0-9]+_(?=.{16})/.exec(secret)?.[0].length ?? 0;
  const forms = [secret, secret.slice(bare)].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    ...base64Cores(text),
    ...base64Lines(text)
  ]);
  const kept = forms.filter((form) => form === secret || form.length >= SHORTEST_MASK);
  return [...new Set(kept.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]))];
}
function base64Cores(text) {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64").replace(/=+$/, "");
    const own = (before + bytes.length) % 3 === 0 ? encoded : encoded.slice(0, -1);
    return own.slice(before === 0 ? 0 : before + 1);
  });
}
function base64Lines(text) {
  if (text.length > LONGEST_BROKEN) return [];
  return PREFIXES.flatMap((prefix) => {
    const encoded = Buffer.from(prefix + text).toString("base64");
    return LINE_WIDTHS.filter((width) => encoded.length > width).flatMap(
      (width) => encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? []
    );
  });
}

// src/action/hand-over.ts
var STATE = { url: "url", lease: "lease", keep: "keep" };
function hide(secret) {
  for (const form of formsOf(secret)) setSecret(form);
}

// src/action/post.ts
var TIMEOUT_MS2 = 3e4;
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
});
async function revoke(url, lease2) {
  hide(lease2);
  try {
    const subjectToken = () => Promise.reject(new Error("the lease is enough"));
    const client = createClient({
      url,
      subjectToken,
      onRetry: (retry) => process.stderr.write(`${describeRetry(retry)}
`)
    });
    await client.revoke(lease2, { signal: AbortSignal.timeout(TIMEOUT_MS2) });
    info("The token is revoked.");
  } catch (error) {
    const why = error instanceof StsError ? error.detail : "The action failed.";
    warning(`The token could not be revoked and lives until its end. ${why}`);
  }
}
useProxies();
var lease = getState(STATE.lease);
if (lease === "") info("There is no token to revoke.");
else if (getState(STATE.keep) === "true") info("The token is kept until its end.");
else await revoke(getState(STATE.url), lease);
