using System;
using System.Collections.Generic;

namespace Limner
{
    /// <summary>
    /// One request for art, from the sentence to files in memory. Call <see cref="Step"/> once a frame until it says that it is over. A lost
    /// connection is opened again where it broke.
    /// </summary>
    public sealed class Drawing
    {
        private const int Patience = 8; // attempts in a row without any news, about half a minute
        private const int FirstPatience = 2; // for a server that has not answered yet: more likely the address is wrong

        private readonly LimnerClient _client;
        private readonly IDictionary<string, object> _brief;
        private readonly string _requestId = Guid.NewGuid().ToString("N"); // the same request twice is the same generation
        private readonly string _format;
        private readonly string _stem;
        private readonly Pauses _pauses;
        private UnaryCall<GenerationReply> _creating;
        private StreamCall<WatchReply> _watching;
        private StreamCall<FileReply> _exporting;
        private UnaryCall<GenerationReply> _cancel;
        private Dictionary<string, List<byte>> _pieces;
        private string _after = "0";
        private int _silent;
        private bool _cancelling;

        /// <param name="format">An export format of the server, such as `unity`.</param>
        /// <param name="stem">The stem of the files' names: letters, digits, - and _.</param>
        /// <param name="now">Seconds of a clock that only runs forward.</param>
        public Drawing(LimnerClient client, IDictionary<string, object> brief, string format, string stem, Func<double> now)
        {
            _client = client;
            _brief = brief;
            _format = format;
            _stem = stem;
            _pauses = new Pauses(now);
        }

        /// <summary>As it was heard of last.</summary>
        public Generation Generation { get; private set; } = new Generation();
        /// <summary>Share of the work that is done, from 0 to 1; never less than before.</summary>
        public float Progress { get; private set; }
        /// <summary>For a person to read.</summary>
        public string Text { get; private set; } = "Asking…";
        /// <summary>The newest preview as PNG, or nothing.</summary>
        public byte[] Preview { get; private set; }
        /// <summary>The files once it has succeeded, by relative path.</summary>
        public IDictionary<string, byte[]> Files { get; private set; }
        /// <summary>Why there are no files.</summary>
        public LimnerFault Fault { get; private set; }

        public bool Over => Files != null || Fault != null;

        /// <summary>Do what can be done without waiting; true when it is over.</summary>
        public bool Step()
        {
            if (_cancel != null && _cancel.Done) _cancel = null;
            if (Over || !_pauses.Over) return Over;
            if (Generation.name.Length == 0) Create();
            else if (!Generation.Succeeded) Watch();
            else Export();
            return Over;
        }

        /// <summary>Stop it, on the server too.</summary>
        public void Cancel()
        {
            if (Over || _cancelling) return;
            _cancelling = true;
            if (Generation.name.Length > 0) _cancel = _client.Cancel(Generation.name); // the stream says when it has ended
            else if (_creating == null) Fault = new LimnerFault(FaultReason.Cancelled, "cancelled");
            Text = "Cancelling…";
        }

        private void Create()
        {
            if (_creating == null) _creating = _client.Create(_brief, _requestId);
            if (!_creating.Done) return;
            var call = _creating;
            _creating = null;
            if (call.Fault != null)
            {
                if (_cancelling) Fault = new LimnerFault(FaultReason.Cancelled, "cancelled");
                else Retry(call.Fault, call.Fault.Reason == FaultReason.Busy ? Patience : FirstPatience);
                return;
            }
            News(call.Reply.generation);
            if (_cancelling) _cancel = _client.Cancel(Generation.name);
        }

        private void Watch()
        {
            if (_watching == null) _watching = _client.Watch(Generation.name, _after);
            while (_watching.Next(out var reply))
            {
                _after = reply.@event.sequence;
                if (!string.IsNullOrEmpty(reply.@event.previewPng)) Preview = Convert.FromBase64String(reply.@event.previewPng);
                News(reply.@event.generation);
            }
            if (Generation.Failed) Fault = new LimnerFault(FaultReason.Failed, Generation.error.message);
            else if (Generation.Cancelled) Fault = new LimnerFault(FaultReason.Cancelled, "cancelled");
            if (!Generation.Succeeded && !Over && !_watching.Done) return;
            var lost = _watching.Fault;
            _watching.Dispose();
            _watching = null;
            if (!Generation.Succeeded && !Over) Retry(lost ?? LimnerFault.Lost(_client.Url, "the stream broke off"), Patience);
        }

        private void Export()
        {
            if (_exporting == null)
            {
                _exporting = _client.Export(Array.ConvertAll(Generation.assets, asset => asset.name), _format, _stem);
                _pieces = new Dictionary<string, List<byte>>();
            }
            while (_exporting.Next(out var piece))
            {
                if (!_pieces.ContainsKey(piece.path)) _pieces[piece.path] = new List<byte>();
                _pieces[piece.path].AddRange(Convert.FromBase64String(piece.data ?? ""));
            }
            if (!_exporting.Done) return;
            var fault = _exporting.Fault;
            _exporting = null;
            if (fault != null)
            {
                Retry(fault, Patience);
                return;
            }
            var files = new Dictionary<string, byte[]>();
            foreach (var file in _pieces) files[file.Key] = file.Value.ToArray();
            Files = files;
            Text = "Done";
        }

        private void News(Generation generation)
        {
            Generation = generation;
            Progress = Math.Max(Progress, generation.progress);
            _silent = 0;
            _pauses.Renew();
            if (_cancelling) return;
            if (generation.state == "STATE_QUEUED") Text = generation.queuePosition > 0 ? $"Waiting for {generation.queuePosition} others…" : "Waiting…";
            else Text = "Drawing…";
        }

        private void Retry(LimnerFault fault, int patience)
        {
            if (!fault.Passing || _silent >= patience)
            {
                Fault = fault;
                return;
            }
            _silent++;
            Text = "No answer; trying again…";
            _pauses.Start();
        }
    }
}
