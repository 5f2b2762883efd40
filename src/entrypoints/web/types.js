// The shapes that modules share. Nothing here runs.

/**
 * A task as the server tells it.
 * @typedef {object} Task
 * @property {number} id
 * @property {string} name
 * @property {boolean} isCompleted
 * @property {string} ts
 * @property {number} version
 */

/**
 * A task as the page shows it: what the server told, and on top what still has to be sent.
 * @typedef {object} ShownTask
 * @property {string} key  the same for as long as the page is open
 * @property {string} name
 * @property {boolean} isCompleted
 * @property {boolean} isWaiting  whether a change of it has not reached the server yet
 */

/**
 * @typedef {object} Tokens
 * @property {string} accessToken
 * @property {number} expiresIn  seconds
 * @property {number} userId
 * @property {string} firstName
 * @property {string} sessionId
 */

/** @typedef {{userId: number, firstName: string}} Person */

/**
 * @typedef {object} Profile
 * @property {number} userId
 * @property {string} email
 * @property {string} firstName
 * @property {string} lastName
 * @property {string} creationDate
 */

/** @typedef {{password: string, code: string}} Proof  what an account's owner gives again */

/**
 * @typedef {object} SecondFactor
 * @property {boolean} isActive
 * @property {boolean} isRequired
 * @property {string | null} addedAt
 * @property {number} recoveryCodesLeft
 */

/**
 * @typedef {object} PendingSecondFactor
 * @property {string} uri
 * @property {string} secret
 * @property {string[]} qrCode  rows from the top, "1" for a dark module
 * @property {string[]} recoveryCodes
 */

/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} label
 * @property {string} browser
 * @property {string} system
 * @property {string} address
 * @property {string} createdAt
 * @property {string} lastUsedAt
 * @property {boolean} isCurrent
 */

/**
 * @typedef {object} SecurityEvent
 * @property {string} id
 * @property {string} kind
 * @property {string} at
 * @property {string | null} sessionId
 * @property {string} address
 * @property {string} browser
 * @property {string} system
 * @property {string} detail
 */

/** @typedef {{events: SecurityEvent[], next: string | null}} SecurityEventPage */

export {};
