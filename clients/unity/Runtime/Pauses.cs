using System;

namespace Limner
{
    /// <summary>Pauses between attempts that double up to a limit, cut by chance so that many clients do not come back at once.</summary>
    public sealed class Pauses
    {
        public const double FirstSeconds = 0.25;
        public const double LongestSeconds = 10;

        private static readonly Random Chance = new Random();
        private readonly Func<double> _now;
        private double _next = FirstSeconds;
        private double _end;

        /// <param name="now">Seconds of a clock that only runs forward.</param>
        public Pauses(Func<double> now)
        {
            _now = now;
        }

        /// <summary>The pause is over, or there was none.</summary>
        public bool Over => _now() >= _end;

        /// <summary>Begin the next pause.</summary>
        public void Start()
        {
            _end = _now() + _next * (0.5 + 0.5 * Chance.NextDouble());
            _next = Math.Min(2 * _next, LongestSeconds);
        }

        /// <summary>The server has answered.</summary>
        public void Renew()
        {
            _next = FirstSeconds;
            _end = 0;
        }
    }
}
