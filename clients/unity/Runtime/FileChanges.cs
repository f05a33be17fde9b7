using System;

namespace Limner
{
    /// <summary>
    /// The files that `limner watch` writes, as it writes them. Call <see cref="Step"/> once a frame. A lost connection is opened again after a
    /// pause that grows to 10 s, and goes on after the last change that arrived; a server that refuses ends it.
    /// </summary>
    public sealed class FileChanges : IDisposable
    {
        private const double SilenceSeconds = 60; // the server gives a sign of life every 20 s

        private readonly LimnerClient _client;
        private readonly Func<double> _now;
        private readonly Pauses _pauses;
        private StreamCall<ChangeReply> _stream;
        private string _after = "";
        private double _heard;

        /// <param name="now">Seconds of a clock that only runs forward.</param>
        public FileChanges(LimnerClient client, Func<double> now)
        {
            _client = client;
            _now = now;
            _pauses = new Pauses(now);
        }

        /// <summary>Files were written or removed.</summary>
        public event Action<Publication> Published;
        /// <summary>Some changes can no longer be told: look at everything anew.</summary>
        public event Action Reset;

        /// <summary>The server has answered, and the connection holds.</summary>
        public bool Connected { get; private set; }
        /// <summary>Why nothing arrives; null while all is well.</summary>
        public LimnerFault Fault { get; private set; }
        /// <summary>The server refuses; it is not asked again.</summary>
        public bool Ended => Fault != null && !Fault.Passing;

        public void Step()
        {
            if (Ended || !_pauses.Over) return;
            if (_stream == null)
            {
                _stream = _client.Changes(_after);
                _heard = _now();
            }
            while (_stream.Next(out var reply)) Take(reply);
            if (_stream.Done) Lose(_stream.Fault ?? LimnerFault.Lost(_client.Url, "the stream broke off"));
            else if (_now() - _heard > SilenceSeconds) Lose(LimnerFault.Lost(_client.Url, "it has been silent for a minute"));
        }

        public void Dispose()
        {
            _stream?.Dispose();
            _stream = null;
            Connected = false;
        }

        private void Take(ChangeReply reply)
        {
            _heard = _now();
            _pauses.Renew();
            Connected = true;
            Fault = null;
            if (!string.IsNullOrEmpty(reply.sequence)) _after = reply.sequence;
            if (reply.change.Published) Published?.Invoke(reply.change.publication);
            else if (reply.change.Reset) Reset?.Invoke();
        }

        private void Lose(LimnerFault fault)
        {
            Dispose();
            Fault = fault;
            _pauses.Start();
        }
    }
}
