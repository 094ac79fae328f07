// The version of this package, as every request of ours names it. `package.json` has it too, and a test holds the two together: the
// Worker and the client are bundled without that file.

export const VERSION = '0.1.0';

/** `User-Agent` (RFC 9110 section 10.1.5): gateways turn away requests without one, and their logs say whose a request was. */
export const USER_AGENT = `influx-sts/${VERSION}`;
