// What went wrong, in words for the person who makes the game.
import { Code, ConnectError } from '@connectrpc/connect';

/** Why a call failed. `absent`: nobody answers; `too-old`: the server lacks the method; `key`: it refuses the key. */
export type Cause = 'absent' | 'too-old' | 'key' | 'invalid' | 'busy' | 'gone' | 'cancelled' | 'failed';

/** A failed call. The message says what to do. */
export class LimnerError extends Error {
  override readonly name = 'LimnerError';

  constructor(
    readonly reason: Cause,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The same call may work in a moment. */
  get passing(): boolean {
    return this.reason === 'absent' || this.reason === 'busy';
  }
}

const CAUSES: Partial<Record<Code, Cause>> = {
  [Code.Unavailable]: 'absent',
  [Code.Unimplemented]: 'too-old',
  [Code.Unauthenticated]: 'key',
  [Code.PermissionDenied]: 'key',
  [Code.InvalidArgument]: 'invalid',
  [Code.OutOfRange]: 'invalid',
  [Code.ResourceExhausted]: 'busy',
  [Code.NotFound]: 'gone',
  [Code.Canceled]: 'cancelled',
};

/** Whatever a call threw, as a LimnerError. */
export function errorOf(fault: unknown, url: string): LimnerError {
  if (fault instanceof LimnerError) return fault;
  const error = ConnectError.from(fault);
  const reason = lost(error) ? 'absent' : (CAUSES[error.code] ?? 'failed');
  return new LimnerError(reason, told(reason, error.rawMessage, url), { cause: fault });
}

/** The connection broke or never was: fetch says so by a TypeError, a cut stream by ending too early. */
function lost(error: ConnectError): boolean {
  return error.cause instanceof TypeError || (error.code === Code.InvalidArgument && /premature|missing EndStream/i.test(error.rawMessage));
}

function told(reason: Cause, message: string, url: string): string {
  switch (reason) {
    case 'absent':
      return `no Limner server answers at ${url} (${message}); start one with: limner serve --web HOST:PORT`;
    case 'too-old':
      return `the Limner server at ${url} is too old for this (${message}); update it`;
    case 'key':
      return `the Limner server at ${url} refuses the key (${message}); give \`key\` a valid one`;
    default:
      return message;
  }
}
