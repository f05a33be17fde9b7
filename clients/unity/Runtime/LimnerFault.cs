namespace Limner
{
    /// <summary>Why a call failed.</summary>
    public enum FaultReason
    {
        /// <summary>Nobody answers, or the connection broke.</summary>
        Absent,
        /// <summary>The server lacks the method.</summary>
        TooOld,
        /// <summary>The server refuses the key.</summary>
        Key,
        /// <summary>The request must be changed.</summary>
        Invalid,
        /// <summary>The server has too much to do.</summary>
        Busy,
        Cancelled,
        Failed,
    }

    /// <summary>A failed call; the message says what to do.</summary>
    public sealed class LimnerFault
    {
        public readonly FaultReason Reason;
        public readonly string Message;

        public LimnerFault(FaultReason reason, string message)
        {
            Reason = reason;
            Message = message;
        }

        /// <summary>The same call may work in a moment.</summary>
        public bool Passing => Reason == FaultReason.Absent || Reason == FaultReason.Busy;

        /// <summary>What a Connect error means, in words for a person.</summary>
        public static LimnerFault Of(ErrorReply error, string url)
        {
            var message = string.IsNullOrEmpty(error.message) ? "no reason given" : error.message;
            switch (error.code)
            {
                case "unavailable": return Lost(url, message);
                case "unimplemented":
                    return new LimnerFault(FaultReason.TooOld, $"the Limner server at {url} is too old for this ({message}); update it");
                case "unauthenticated":
                case "permission_denied":
                    return new LimnerFault(FaultReason.Key, $"the Limner server at {url} refuses the key ({message}); enter a valid one");
                case "invalid_argument": return new LimnerFault(FaultReason.Invalid, message);
                case "resource_exhausted": return new LimnerFault(FaultReason.Busy, message);
                case "canceled": return new LimnerFault(FaultReason.Cancelled, message);
                default: return new LimnerFault(FaultReason.Failed, message);
            }
        }

        /// <summary>Nobody answers.</summary>
        public static LimnerFault Lost(string url, string why)
        {
            return new LimnerFault(
                FaultReason.Absent, $"no Limner server answers at {url} ({why}); start one with: limner serve --web HOST:PORT");
        }
    }
}
