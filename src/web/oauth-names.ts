// The names that RFC 8693 gives to what is exchanged.

/** Section 2.1: the grant type of a token exchange. */
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Section 3: what is issued. */
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
