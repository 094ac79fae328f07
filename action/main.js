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

// node_modules/@actions/core/lib/file-command.js
import * as crypto from "crypto";
import * as fs from "fs";
import * as os2 from "os";
function issueFileCommand(command, message) {
  const filePath = process.env[`GITHUB_${command}`];
  if (!filePath) {
    throw new Error(`Unable to find environment variable for file command ${command}`);
  }
  if (!fs.existsSync(filePath)) {
    throw new Error(`Missing file at path: ${filePath}`);
  }
  fs.appendFileSync(filePath, `${toCommandValue(message)}${os2.EOL}`, {
    encoding: "utf8"
  });
}
function prepareKeyValueMessage(key, value) {
  const delimiter = `ghadelimiter_${crypto.randomUUID()}`;
  const convertedValue = toCommandValue(value);
  if (key.includes(delimiter)) {
    throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
  }
  if (convertedValue.includes(delimiter)) {
    throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
  }
  return `${key}<<${delimiter}${os2.EOL}${convertedValue}${os2.EOL}${delimiter}`;
}

// node_modules/@actions/core/lib/core.js
import * as os3 from "os";

// node_modules/@actions/core/lib/summary.js
import { EOL as EOL3 } from "os";
import { constants, promises } from "fs";
var __awaiter = function(thisArg, _arguments, P, generator) {
  function adopt(value) {
    return value instanceof P ? value : new P(function(resolve) {
      resolve(value);
    });
  }
  return new (P || (P = Promise))(function(resolve, reject) {
    function fulfilled(value) {
      try {
        step(generator.next(value));
      } catch (e) {
        reject(e);
      }
    }
    function rejected(value) {
      try {
        step(generator["throw"](value));
      } catch (e) {
        reject(e);
      }
    }
    function step(result) {
      result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected);
    }
    step((generator = generator.apply(thisArg, _arguments || [])).next());
  });
};
var { access, appendFile, writeFile } = promises;
var SUMMARY_ENV_VAR = "GITHUB_STEP_SUMMARY";
var Summary = class {
  constructor() {
    this._buffer = "";
  }
  /**
   * Finds the summary file path from the environment, rejects if env var is not found or file does not exist
   * Also checks r/w permissions.
   *
   * @returns step summary file path
   */
  filePath() {
    return __awaiter(this, void 0, void 0, function* () {
      if (this._filePath) {
        return this._filePath;
      }
      const pathFromEnv = process.env[SUMMARY_ENV_VAR];
      if (!pathFromEnv) {
        throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
      }
      try {
        yield access(pathFromEnv, constants.R_OK | constants.W_OK);
      } catch (_a) {
        throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
      }
      this._filePath = pathFromEnv;
      return this._filePath;
    });
  }
  /**
   * Wraps content in an HTML tag, adding any HTML attributes
   *
   * @param {string} tag HTML tag to wrap
   * @param {string | null} content content within the tag
   * @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
   *
   * @returns {string} content wrapped in HTML element
   */
  wrap(tag, content, attrs = {}) {
    const htmlAttrs = Object.entries(attrs).map(([key, value]) => ` ${key}="${value}"`).join("");
    if (!content) {
      return `<${tag}${htmlAttrs}>`;
    }
    return `<${tag}${htmlAttrs}>${content}</${tag}>`;
  }
  /**
   * Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
   *
   * @param {SummaryWriteOptions} [options] (optional) options for write operation
   *
   * @returns {Promise<Summary>} summary instance
   */
  write(options) {
    return __awaiter(this, void 0, void 0, function* () {
      const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
      const filePath = yield this.filePath();
      const writeFunc = overwrite ? writeFile : appendFile;
      yield writeFunc(filePath, this._buffer, { encoding: "utf8" });
      return this.emptyBuffer();
    });
  }
  /**
   * Clears the summary buffer and wipes the summary file
   *
   * @returns {Summary} summary instance
   */
  clear() {
    return __awaiter(this, void 0, void 0, function* () {
      return this.emptyBuffer().write({ overwrite: true });
    });
  }
  /**
   * Returns the current summary buffer as a string
   *
   * @returns {string} string of summary buffer
   */
  stringify() {
    return this._buffer;
  }
  /**
   * If the summary buffer is empty
   *
   * @returns {boolen} true if the buffer is empty
   */
  isEmptyBuffer() {
    return this._buffer.length === 0;
  }
  /**
   * Resets the summary buffer without writing to summary file
   *
   * @returns {Summary} summary instance
   */
  emptyBuffer() {
    this._buffer = "";
    return this;
  }
  /**
   * Adds raw text to the summary buffer
   *
   * @param {string} text content to add
   * @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
   *
   * @returns {Summary} summary instance
   */
  addRaw(text2, addEOL = false) {
    this._buffer += text2;
    return addEOL ? this.addEOL() : this;
  }
  /**
   * Adds the operating system-specific end-of-line marker to the buffer
   *
   * @returns {Summary} summary instance
   */
  addEOL() {
    return this.addRaw(EOL3);
  }
  /**
   * Adds an HTML codeblock to the summary buffer
   *
   * @param {string} code content to render within fenced code block
   * @param {string} lang (optional) language to syntax highlight code
   *
   * @returns {Summary} summary instance
   */
  addCodeBlock(code2, lang) {
    const attrs = Object.assign({}, lang && { lang });
    const element = this.wrap("pre", this.wrap("code", code2), attrs);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML list to the summary buffer
   *
   * @param {string[]} items list of items to render
   * @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
   *
   * @returns {Summary} summary instance
   */
  addList(items, ordered = false) {
    const tag = ordered ? "ol" : "ul";
    const listItems = items.map((item2) => this.wrap("li", item2)).join("");
    const element = this.wrap(tag, listItems);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML table to the summary buffer
   *
   * @param {SummaryTableCell[]} rows table rows
   *
   * @returns {Summary} summary instance
   */
  addTable(rows) {
    const tableBody = rows.map((row) => {
      const cells = row.map((cell) => {
        if (typeof cell === "string") {
          return this.wrap("td", cell);
        }
        const { header, data, colspan, rowspan } = cell;
        const tag = header ? "th" : "td";
        const attrs = Object.assign(Object.assign({}, colspan && { colspan }), rowspan && { rowspan });
        return this.wrap(tag, data, attrs);
      }).join("");
      return this.wrap("tr", cells);
    }).join("");
    const element = this.wrap("table", tableBody);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds a collapsable HTML details element to the summary buffer
   *
   * @param {string} label text for the closed state
   * @param {string} content collapsable content
   *
   * @returns {Summary} summary instance
   */
  addDetails(label, content) {
    const element = this.wrap("details", this.wrap("summary", label) + content);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML image tag to the summary buffer
   *
   * @param {string} src path to the image you to embed
   * @param {string} alt text description of the image
   * @param {SummaryImageOptions} options (optional) addition image attributes
   *
   * @returns {Summary} summary instance
   */
  addImage(src, alt, options) {
    const { width, height } = options || {};
    const attrs = Object.assign(Object.assign({}, width && { width }), height && { height });
    const element = this.wrap("img", null, Object.assign({ src, alt }, attrs));
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML section heading element
   *
   * @param {string} text heading text
   * @param {number | string} [level=1] (optional) the heading level, default: 1
   *
   * @returns {Summary} summary instance
   */
  addHeading(text2, level) {
    const tag = `h${level}`;
    const allowedTag = ["h1", "h2", "h3", "h4", "h5", "h6"].includes(tag) ? tag : "h1";
    const element = this.wrap(allowedTag, text2);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML thematic break (<hr>) to the summary buffer
   *
   * @returns {Summary} summary instance
   */
  addSeparator() {
    const element = this.wrap("hr", null);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML line break (<br>) to the summary buffer
   *
   * @returns {Summary} summary instance
   */
  addBreak() {
    const element = this.wrap("br", null);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML blockquote to the summary buffer
   *
   * @param {string} text quote text
   * @param {string} cite (optional) citation url
   *
   * @returns {Summary} summary instance
   */
  addQuote(text2, cite) {
    const attrs = Object.assign({}, cite && { cite });
    const element = this.wrap("blockquote", text2, attrs);
    return this.addRaw(element).addEOL();
  }
  /**
   * Adds an HTML anchor tag to the summary buffer
   *
   * @param {string} text link text/content
   * @param {string} href hyperlink
   *
   * @returns {Summary} summary instance
   */
  addLink(text2, href) {
    const element = this.wrap("a", text2, { href });
    return this.addRaw(element).addEOL();
  }
};
var _summary = new Summary();
var summary = _summary;

// node_modules/@actions/core/lib/core.js
var ExitCode;
(function(ExitCode2) {
  ExitCode2[ExitCode2["Success"] = 0] = "Success";
  ExitCode2[ExitCode2["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
function exportVariable(name, val) {
  const convertedVal = toCommandValue(val);
  process.env[name] = convertedVal;
  const filePath = process.env["GITHUB_ENV"] || "";
  if (filePath) {
    return issueFileCommand("ENV", prepareKeyValueMessage(name, val));
  }
  issueCommand("set-env", { name }, convertedVal);
}
function setSecret(secret) {
  issueCommand("add-mask", {}, secret);
}
function getInput(name, options) {
  const val = process.env[`INPUT_${name.replace(/ /g, "_").toUpperCase()}`] || "";
  if (options && options.required && !val) {
    throw new Error(`Input required and not supplied: ${name}`);
  }
  if (options && options.trimWhitespace === false) {
    return val;
  }
  return val.trim();
}
function setOutput(name, value) {
  const filePath = process.env["GITHUB_OUTPUT"] || "";
  if (filePath) {
    return issueFileCommand("OUTPUT", prepareKeyValueMessage(name, value));
  }
  process.stdout.write(os3.EOL);
  issueCommand("set-output", { name }, toCommandValue(value));
}
function error(message, properties = {}) {
  issueCommand("error", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function warning(message, properties = {}) {
  issueCommand("warning", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
function info(message) {
  process.stdout.write(message + os3.EOL);
}
function saveState(name, value) {
  const filePath = process.env["GITHUB_STATE"] || "";
  if (filePath) {
    return issueFileCommand("STATE", prepareKeyValueMessage(name, value));
  }
  issueCommand("save-state", { name }, toCommandValue(value));
}

// src/foundation/misplaced-credential.ts
var FORMS = [
  ["database token", /apiv3_/i],
  ["lease", /stsl_/i],
  // Header and payload of a JWT (RFC 7515): each begins with `{"`.
  ["subject token", /eyJ[\w-]+\.eyJ[\w-]+/]
];
function credentialIn(text2) {
  const plain2 = decode(text2);
  return FORMS.find(([, form]) => form.test(plain2))?.[0] ?? null;
}
function decode(text2) {
  try {
    return decodeURIComponent(text2);
  } catch {
    return text2;
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
      const given2 = Object.entries(query).filter(([, value]) => value !== void 0);
      const search = new URLSearchParams(given2.map(([name, value]) => [name, String(value)]));
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
  constructor(text2) {
    this.#text = text2;
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
function parseJson(text2, limits = {}) {
  const { maxDepth = MAX_DEPTH, plainKeys = false, keepDigits = false } = limits;
  const cursor = { text: text2, at: 0, room: maxDepth, maxDepth, plainKeys, keepDigits, problem: null };
  const value = readValue(cursor);
  if (cursor.problem === null && cursor.at < text2.length) cursor.problem = INVALID;
  return cursor.problem === null ? { ok: true, value } : { ok: false, problem: cursor.problem };
}
function isJsonObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);
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
    const code2 = cursor.text.charCodeAt(cursor.at);
    if (code2 !== SPACE && code2 !== LINE_FEED && code2 !== CARRIAGE_RETURN && code2 !== TAB) return code2;
    cursor.at++;
  }
}
function expect(cursor, code2) {
  if (cursor.text.charCodeAt(cursor.at) === code2) cursor.at++;
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
  const { text: text2 } = cursor;
  expect(cursor, QUOTE);
  let decoded = "";
  let from = cursor.at;
  while (cursor.problem === null) {
    const code2 = text2.charCodeAt(cursor.at);
    if (code2 === QUOTE) {
      const rest = text2.slice(from, cursor.at++);
      return decoded === "" ? rest : decoded + rest;
    }
    if (code2 === BACKSLASH) {
      decoded += text2.slice(from, cursor.at) + readEscape(cursor);
      from = cursor.at;
    } else if (code2 >= SPACE) {
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
  const { text: text2, at } = cursor;
  NUMBER.lastIndex = at;
  if (NUMBER.test(text2)) {
    cursor.at = NUMBER.lastIndex;
    const number = text2.slice(at, cursor.at);
    const value = Number(number);
    if (cursor.keepDigits && String(value) !== number) return new WrittenNumber(number);
    return Number.isSafeInteger(value) && String(value) !== number ? Number.NaN : value;
  }
  for (const [word, value] of WORDS) {
    if (text2.startsWith(word, at)) {
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
function faultOf(error2) {
  const all = [...causesOf(error2)].reverse();
  const tunnel = all.flatMap(({ message }) => PROXY.exec(message)?.[1] ?? [])[0];
  if (tunnel !== void 0) {
    const wants = tunnel === "407" ? ", because it wants a user name and a password" : "";
    return { words: `the proxy opens no way there (status ${tunnel})${wants}`, lasting: tunnel === "407" };
  }
  for (const { code: code3, message } of all) {
    const kind = KINDS.find(([form]) => form.test(code3)) ?? KINDS.find(([form]) => form.test(message));
    const named2 = CODE.test(code3) ? ` (${code3})` : "";
    if (kind !== void 0) return { words: kind[1] + named2, lasting: kind[2] === "lasting" };
  }
  const code2 = all.map((one) => one.code).find((one) => CODE.test(one));
  return { words: code2 === void 0 ? "the network failed" : `the network failed (${code2})`, lasting: false };
}
function causesOf(error2, depth = 0) {
  if (typeof error2 !== "object" || error2 === null || depth > MAX_DEPTH2) return [];
  const { code: code2, message, cause, errors } = error2;
  const own = { code: typeof code2 === "string" ? code2 : "", message: typeof message === "string" ? message : "" };
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
function unavailable(advice, cause, retryable = false) {
  return new StsError({ reason: "subject_token_unavailable", detail: advice, retryable, cause });
}
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
      } catch (error2) {
        if (error2 instanceof StsError) throw error2;
        if (call.signal?.aborted) throw aborted(call.signal);
        const late2 = controller.signal.aborted;
        throw late2 ? silent(origin, `did not answer within ${timeoutMs / 1e3} s`, error2) : unreachable(origin, error2);
      } finally {
        ended.abort();
        call.signal?.removeEventListener("abort", give);
        await late;
      }
    }
  };
}
function unreachable(origin, error2) {
  const { words, lasting } = faultOf(error2);
  const proxy = unusedProxy(origin);
  const advice = proxy === null ? "" : `. ${proxy}`;
  return silent(origin, `cannot be reached: ${words}${advice}`, error2, !lasting);
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
  const text2 = await readBounded(response, origin);
  const date = Date.parse(response.headers.get("date") ?? "");
  const json = text2 === "" ? null : readJson(text2);
  if (response.ok && text2 === "" && !bodiless) throw unreadable(origin, "sent an empty answer", true);
  if (response.ok && json !== void 0) {
    return { status: response.status, body: json, serverTime: Number.isNaN(date) ? null : date };
  }
  throw refusal(origin, response, json);
}
async function readBounded(response, origin) {
  const reader = response.body?.getReader();
  if (reader === void 0) return "";
  const decoder = new TextDecoder();
  let text2 = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text2 + decoder.decode();
    size += value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw unreadable(origin, "sent an answer that is too large", false);
    }
    text2 += decoder.decode(value, { stream: true });
  }
}
var ANSWER_LIMITS = { maxDepth: 2 * MAX_DEPTH, keepDigits: true };
function readJson(text2) {
  const json = parseJson(text2, ANSWER_LIMITS);
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
function plain(text2) {
  return text2.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�").replace(/##(?=\w*\[)/g, "# #");
}

// src/client/retry.ts
function describeRetry({ error: error2, made, attempts, pauseMs }) {
  const pause = (pauseMs / 1e3).toFixed(1);
  return plain(`attempt ${made} of ${attempts}: ${error2.reason}: ${error2.detail} Asking again in ${pause} s.`);
}
var FIRST_PAUSE_MS = 500;
var LONGEST_PAUSE_MS = 1e4;
var LONGEST_RETRY_AFTER_MS = 6e4;
async function withRetries(attempt, { attempts, signal, last, onRetry }, environment) {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error2) {
      if (signal?.aborted) throw aborted(signal);
      if (!(error2 instanceof StsError) || !error2.retryable || made >= attempts) throw error2;
      const asked = (error2.retryAfter ?? 0) * 1e3;
      if (asked > LONGEST_RETRY_AFTER_MS) throw error2;
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** (made - 1), LONGEST_PAUSE_MS);
      const pauseMs = asked + longest * environment.chance();
      if (last?.aborted) throw error2;
      onRetry?.({ error: error2, made, attempts, pauseMs });
      const ends = [signal, last].filter((one) => one !== void 0);
      await sleep(pauseMs, environment, AbortSignal.any(ends)).catch(() => {
      });
      if (signal?.aborted) throw aborted(signal);
      if (last?.aborted) throw error2;
    }
  }
}

// src/client/switches.ts
function createSwitchCalls(ask2) {
  const path = (id) => `/v1/switches/${encodeURIComponent(id)}`;
  return {
    off: async (body) => (await ask2({ method: "POST", path: "/v1/switches", body })).body,
    on: async (id) => (await ask2({ method: "DELETE", path: path(id) })).body,
    list: async () => (await ask2({ method: "GET", path: "/v1/switches" })).body.switches,
    show: async (id) => (await ask2({ method: "GET", path: path(id) })).body
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
    } catch (error2) {
      if (error2 instanceof StsError) throw error2;
      if (context.signal.aborted) throw aborted(context.signal);
      const detail = `The source of the subject token failed: ${error2?.message ?? "it says nothing of why"}`;
      throw new StsError({ reason: "subject_token_unavailable", detail, retryable: false, cause: error2 });
    }
  }
  const get = async (path, signal) => (await patiently(() => identified({ method: "GET", path, signal }), signal)).body;
  const revoke = async (credential, { signal, instance } = {}) => {
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
      } catch (error2) {
        const { lease } = body ?? {};
        if (typeof lease === "string") await revoke(lease).catch(() => {
        });
        throw error2;
      }
    },
    revoke,
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
function isPrintable(text2) {
  return /^[\x21-\x7e]{1,1024}$/.test(text2);
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

// src/client/github-actions.ts
function fromGitHubActions(variables = processVariables()) {
  return async (context) => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = variables;
    if (!url || !token) {
      throw unavailable(
        'GitHub gives this job no id token. Give the job (or the workflow) "permissions: id-token: write"; a pull request from a fork never gets one.'
      );
    }
    const address = new URL(url);
    address.searchParams.set("audience", await context.audience());
    const answer = await ask(address.href, token, context);
    if (answer.kind === "token") return answer.token;
    throw unavailable(`GitHub's id token endpoint ${answer.problem}.`, answer.cause, answer.kind === "busy");
  };
}
var PASSING2 = [403, 408, 425, 429];
async function ask(address, token, context) {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    const response = await context.fetch(address, { headers, signal: context.signal });
    const text2 = await response.text();
    const json = parseJson(text2);
    const members = json.ok && isJsonObject(json.value) ? json.value : {};
    if (response.ok) {
      if (typeof members.value === "string" && members.value !== "") return { kind: "token", token: members.value };
      return { kind: "busy", problem: "gave an answer without a token" };
    }
    const said = wordsOf(typeof members.message === "string" ? members.message : text2, token);
    const passing = response.status >= 500 || PASSING2.includes(response.status);
    return { kind: passing ? "busy" : "refused", problem: `answered with ${response.status}${said}` };
  } catch (error2) {
    if (context.signal.aborted) throw error2;
    if (error2?.name === "TimeoutError")
      return { kind: "busy", problem: "did not answer in time", cause: error2 };
    const { words, lasting } = faultOf(error2);
    const proxy = unusedProxy(address);
    const problem = `cannot be reached: ${words}${proxy === null ? "" : `. ${proxy}`}`;
    return { kind: lasting ? "refused" : "busy", problem, cause: error2 };
  }
}
var LONGEST_QUOTE = 200;
function wordsOf(text2, token) {
  const words = plain(text2.trim());
  if (words === "" || words.startsWith("<") || words.includes(token) || /eyJ[\w-]+\./.test(words)) return "";
  return `: ${words.length > LONGEST_QUOTE ? `${words.slice(0, LONGEST_QUOTE)}…` : words}`;
}

// src/action/inputs.ts
var InputError = class extends Error {
};
function readInputs() {
  const url = given("url");
  if (url === null) throw new InputError('The input "url" is missing: the address of the service.');
  const permissions = given("permissions")?.split(/\s+/) ?? null;
  const ttl = given("ttl");
  const rule = given("rule");
  const instance = given("instance");
  return {
    url,
    audience: given("audience"),
    request: {
      ...permissions === null ? {} : { permissions },
      ...ttl === null ? {} : { ttl },
      ...rule === null ? {} : { rule },
      ...instance === null ? {} : { instance }
    },
    exportEnv: flag("export-env", false),
    database: given("database"),
    revoke: flag("revoke", true)
  };
}
function given(name) {
  const text2 = getInput(name).trim();
  return text2 === "" ? null : text2;
}
function flag(name, otherwise) {
  const text2 = given(name)?.toLowerCase() ?? String(otherwise);
  if (text2 === "true" || text2 === "false") return text2 === "true";
  throw new InputError(`The input "${name}" is neither true nor false.`);
}

// src/action/advice.ts
function troubleOf(error2) {
  const none = { nearest: null, changes: [], requestId: null };
  if (error2 instanceof InputError) return { ...none, reason: "input_invalid", detail: error2.message };
  if (!(error2 instanceof StsError)) {
    return { ...none, reason: "internal_error", detail: `The action failed: ${error2?.message ?? error2}` };
  }
  const { reason, detail, problem } = error2;
  const nearest = problem?.nearest ?? null;
  return { reason, detail, nearest, changes: changesFor(error2), requestId: problem?.request_id ?? null };
}
var PASSING3 = ["This may pass: run the job again later."];
var MAY_LAST = [
  "misconfigured",
  "upstream_unreachable",
  "upstream_unreadable",
  "keys_unavailable"
];
function changesFor({ reason, problem, retryable }) {
  switch (reason) {
    case "subject_token_unavailable":
      return [
        'A job gets an id token only with "permissions: id-token: write", on the job or the workflow; once one permission is named, name the others that the job needs too.',
        'A pull request from a fork gets none: leave this step out there, by "if: github.event.pull_request.head.repo.fork != true".'
      ];
    case "audience_unknown":
      return ['If the service is the right one, set the input "audience" to what its policy names.'];
    case "service_unreachable":
    case "service_unreadable":
      return [
        'Look at the input "url": it is the address of the service, not of InfluxDB.',
        ...retryable ? PASSING3 : []
      ];
    case "claim_invalid":
      return (problem?.audience_expected ?? []).map((one) => `Set the input "audience" to ${JSON.stringify(one)}.`);
    case "request_malformed":
      return ['Correct the input that is named: "permissions", "ttl", "rule" or "instance".'];
    case "ttl_refused":
      return [`Set the input "ttl" to ${problem?.max_ttl ?? "a shorter time"}, or to less.`];
    case "permissions_conflict":
      return ["Use the action twice, once for each kind of permission."];
    case "request_ambiguous":
      return ['Set the input "permissions" or "rule" to one of these choices.'];
    case "rule_unknown":
      return ['Correct the input "rule", or leave it out.'];
    case "instance_unknown":
      return ['Correct the input "instance", or leave it out.'];
    case "no_rule":
      return [...(problem?.nearest?.misses ?? []).flatMap(changeFor), ...goOn(problem?.nearest)];
    case "not_granted":
      return [
        'Ask by the input "permissions" for what is open to the job, or have the rule extended.',
        ...(problem?.nearest?.misses ?? []).flatMap(changeFor),
        ...goOn(problem?.nearest)
      ];
    case "switched_off":
      return ["Run the job again when it is switched on: the detail says until when it is off, or why."];
    case "limit_reached":
      return [
        "Run the job again later, let fewer jobs ask at once, or have the limit of the rule raised.",
        "A job that ends early gives its token back: this action revokes it at the end of the job."
      ];
    case "database_unknown":
      return ['Create the database, or correct the input "permissions".'];
    default:
      return retryable && !MAY_LAST.includes(reason) ? PASSING3 : [];
  }
}
function goOn(nearest) {
  if (nearest?.ended === void 0) return [];
  return [`Ask the people who keep the policy of the service to let the rule "${nearest.rule}" go on.`];
}
function changeFor({ claim, expected }) {
  if (expected === void 0) return [];
  return [`Run the job where the claim ${claim} is ${expected}, or have the rule admit what it is now.`];
}

// src/action/cancellation.ts
var PATIENCE_MS = 6e3;
var VEND = { method: "POST", path: "/v1/tokens" };
function createCancellation({ onRequest, after }) {
  const request = new AbortController();
  const giveUp = new AbortController();
  let vending = false;
  onRequest(() => {
    if (request.signal.aborted) return;
    request.abort();
    if (vending) after(PATIENCE_MS, () => giveUp.abort(), true);
    else giveUp.abort();
  });
  function settle() {
    vending = false;
    if (request.signal.aborted) giveUp.abort();
  }
  return {
    requested: () => request.signal.aborted,
    signal: giveUp.signal,
    settle,
    stopping: (source) => (context) => {
      request.signal.throwIfAborted();
      return source({ ...context, signal: AbortSignal.any([context.signal, request.signal]) });
    },
    watching: (environment) => ({
      ...environment,
      fetch: async (url, init) => {
        if (init.method !== VEND.method || new URL(url).pathname !== VEND.path) return environment.fetch(url, init);
        request.signal.throwIfAborted();
        vending = true;
        try {
          const response = await environment.fetch(url, init);
          if (!response.ok) settle();
          return response;
        } catch (error2) {
          settle();
          throw error2;
        }
      }
    })
  };
}

// src/client/influx-variables.ts
function influxVariables({ token, url }, database) {
  return {
    // The command `influxdb3`.
    INFLUXDB3_AUTH_TOKEN: token,
    INFLUXDB3_HOST_URL: url,
    INFLUXDB3_DATABASE_NAME: database ?? void 0,
    // The clients for JavaScript, Python, Go, Java and C#.
    INFLUX_HOST: url,
    INFLUX_TOKEN: token,
    INFLUX_DATABASE: database ?? void 0
  };
}

// src/action/masks.ts
var PREFIXES = ["", "Bearer ", "Token ", ":"];
var LINE_WIDTHS = [76, 64];
var LONGEST_BROKEN = 256;
var SHORTEST_MASK = 12;
function formsOf(secret) {
  const bare = /^[a-z0-9]+_(?=.{16})/.exec(secret)?.[0].length ?? 0;
  const forms = [secret, secret.slice(bare)].flatMap((text2) => [
    text2,
    encodeURIComponent(text2),
    JSON.stringify(text2).slice(1, -1),
    ...base64Cores(text2),
    ...base64Lines(text2)
  ]);
  const kept = forms.filter((form) => form === secret || form.length >= SHORTEST_MASK);
  return [...new Set(kept.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]))];
}
function base64Cores(text2) {
  const bytes = Buffer.from(text2);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64").replace(/=+$/, "");
    const own = (before + bytes.length) % 3 === 0 ? encoded : encoded.slice(0, -1);
    return own.slice(before === 0 ? 0 : before + 1);
  });
}
function base64Lines(text2) {
  if (text2.length > LONGEST_BROKEN) return [];
  return PREFIXES.flatMap((prefix) => {
    const encoded = Buffer.from(prefix + text2).toString("base64");
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
function note({ token, lease }, url) {
  hide(token);
  if (lease === null) return;
  hide(lease);
  saveState(STATE.url, url);
  saveState(STATE.lease, lease);
}
function handOver(token, { exportEnv, database: chosen }) {
  const database = chosen ?? onlyDatabase(token.permissions) ?? "";
  setOutput("token", token.token);
  setOutput("url", token.url);
  setOutput("database", database);
  setOutput("name", token.name);
  setOutput("expires-at", token.expires_at);
  setOutput("permissions", token.permissions.join("\n"));
  setOutput("rule", token.rule);
  setOutput("instance", token.instance);
  if (!exportEnv) return;
  for (const [name, value] of Object.entries(influxVariables(token, database === "" ? null : database))) {
    if (value !== void 0 || (process.env[name] ?? "") !== "") exportVariable(name, value ?? "");
  }
}
function onlyDatabase(permissions) {
  const named2 = permissions.map((permission) => permission.split(":")).filter(([type]) => type === "db");
  const names = new Set(named2.flatMap(([, databases]) => databases?.split(",") ?? []));
  const [name] = names;
  return names.size === 1 && name !== void 0 && !name.includes("*") ? name : null;
}

// src/action/summary.ts
var MAX_VALUE_LENGTH = 300;
function vendedSummary({ instance, permissions, rule, expires_at }) {
  const rows = [
    ["Instance", code(instance)],
    ["Permissions", permissions.map(code).join("<br>")],
    ["Rule", code(rule)],
    ["Expires", code(expires_at)]
  ];
  return section("InfluxDB token", [table(rows.map(([head, value]) => `<th>${head}</th><td>${value}</td>`))]);
}
function troubleSummary({ reason, detail, nearest, changes, requestId }) {
  const misses = nearest?.misses.map(
    ({ claim, actual, expected, hint }) => `<td>${code(claim)}</td><td>${code(actual)}</td><td>${expected === void 0 ? "not told" : code(expected)}${hint === void 0 ? "" : ` (${text(hint)})`}</td>`
  );
  return section("No InfluxDB token", [
    `<p>${code(reason)}: ${text(detail)}</p>`,
    ...nearest === null ? [] : [`<p>Nearest is the rule ${code(nearest.rule)}${misses?.length === 0 ? "." : ":"}</p>`],
    ...misses === void 0 || misses.length === 0 ? [] : [table(["<th>Claim</th><th>Is</th><th>Wanted</th>", ...misses])],
    ...changes.length === 0 ? [] : [`<p>What to change:</p><ul>${changes.map(item).join("")}</ul>`],
    ...requestId === null ? [] : [`<p>Request ${code(requestId)}</p>`]
  ]);
}
function section(title, parts) {
  return `<h3>${title}</h3>
${parts.join("\n")}

`;
}
function table(rows) {
  return `<table>${rows.map((row) => `<tr>${row}</tr>`).join("")}</table>`;
}
function item(change) {
  return `<li>${text(change)}</li>`;
}
function code(value) {
  return `<code>${text(value)}</code>`;
}
function text(value) {
  const whole = String(value);
  const shown = whole.length > MAX_VALUE_LENGTH ? `${whole.slice(0, MAX_VALUE_LENGTH)}…` : whole;
  return shown.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "�").replace(/[&<>"'`|*#~^$@{}[\]()\\!]|\b_|_\b|:(?=\/\/)/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

// src/action/main.ts
var REVOKE_MS = 3e3;
var cancellation = createCancellation({
  onRequest: (stop) => {
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  },
  after: webEnvironment.after
});
var hidden = async (context) => {
  const token = await fromGitHubActions()(context);
  hide(token);
  return token;
};
function connect({ url, audience }) {
  try {
    return createClient({
      url,
      subjectToken: cancellation.stopping(hidden),
      environment: cancellation.watching(webEnvironment),
      onRetry: (retry) => process.stderr.write(`${describeRetry(retry)}
`),
      ...audience === null ? {} : { audience }
    });
  } catch (error2) {
    throw new InputError(`The input "url" cannot be used. ${error2.message}`);
  }
}
async function abandon(client, lease) {
  const revoked = client.revoke(lease, { signal: AbortSignal.timeout(REVOKE_MS) });
  await revoked.then(
    () => info("The job was cancelled, and its token is revoked."),
    () => info("The job was cancelled; the last step revokes its token.")
  );
}
async function vend(inputs) {
  const client = connect(inputs);
  let lease = null;
  try {
    const token = await client.exchange(inputs.request, {
      signal: cancellation.signal,
      onVended: (vended) => {
        note(vended, client.origin);
        lease = vended.lease;
        cancellation.settle();
      }
    });
    if (cancellation.requested()) return;
    handOver(token, inputs);
    await summarize(vendedSummary(token));
    info(`The job has a token for InfluxDB until ${new Date(token.expires_at).toISOString()}.`);
    if (!inputs.revoke && !cancellation.requested()) saveState(STATE.keep, "true");
  } finally {
    if (cancellation.requested() && lease !== null) await abandon(client, lease);
  }
}
async function summarize(text2) {
  try {
    await summary.addRaw(text2).write();
  } catch {
    warning("The job summary could not be written.");
  }
}
async function complain(trouble) {
  const { reason, detail, changes, requestId } = trouble;
  const lines = [detail, ...changes, ...requestId === null ? [] : [`Request ${requestId}`]];
  error(lines.join("\n"), { title: `No InfluxDB token: ${reason}` });
  await summarize(troubleSummary(trouble));
}
var complaint = useProxies();
if (complaint !== null) warning(`${complaint}, so no proxy is used.`);
try {
  await vend(readInputs());
} catch (error2) {
  if (!cancellation.requested()) await complain(troubleOf(error2));
  process.exitCode = 1;
}
if (cancellation.requested()) {
  info("The job was cancelled.");
  process.exitCode = 1;
}
