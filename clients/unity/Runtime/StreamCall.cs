using System;
using System.Collections.Generic;
using System.Text;
using UnityEngine;
using UnityEngine.Networking;

namespace Limner
{
    /// <summary>
    /// A call that answers with a stream. Take what has arrived with <see cref="Next"/> once a frame; when <see cref="Done"/>, there is a
    /// fault or the stream ended well.
    /// </summary>
    public sealed class StreamCall<T> : IDisposable where T : class
    {
        private readonly string _url;
        private readonly Receiver _receiver = new Receiver();
        private UnityWebRequest _request;

        public StreamCall(string url, Func<UnityWebRequest> request)
        {
            _url = url;
            Fault = Sending.Start(() =>
            {
                var made = request();
                made.downloadHandler = _receiver;
                return made;
            }, url, out _request);
        }

        public LimnerFault Fault { get; private set; }

        /// <summary>The next message, when one has arrived.</summary>
        public bool Next(out T message)
        {
            message = _receiver.Messages.Count > 0 ? JsonUtility.FromJson<T>(_receiver.Messages.Dequeue()) : null;
            return message != null;
        }

        /// <summary>Everything was taken and nothing more comes.</summary>
        public bool Done
        {
            get
            {
                if (_request != null && _request.isDone) Finish();
                return _request == null && _receiver.Messages.Count == 0;
            }
        }

        /// <summary>Give it up.</summary>
        public void Dispose()
        {
            _request?.Abort();
            _request?.Dispose();
            _request = null;
            _receiver.Messages.Clear();
        }

        private void Finish()
        {
            if (_request.result == UnityWebRequest.Result.ProtocolError) Fault = Sending.FaultOf(_request, _receiver.Unread, _url);
            else if (_receiver.End == null) Fault = LimnerFault.Lost(_url, _request.error ?? "the stream broke off");
            else if (!string.IsNullOrEmpty(_receiver.End.error?.code)) Fault = LimnerFault.Of(_receiver.End.error, _url);
            _request.Dispose();
            _request = null;
        }

        /// <summary>Splits what comes in while it comes in. Unity calls it on the main thread.</summary>
        private sealed class Receiver : DownloadHandlerScript
        {
            public readonly Queue<string> Messages = new Queue<string>();
            public EndReply End;
            public string Unread = "";
            private readonly Envelopes _envelopes = new Envelopes();
            private bool _first = true;

            protected override bool ReceiveData(byte[] bytes, int count)
            {
                if (_first && count > 0 && bytes[0] == '{') Unread = Encoding.UTF8.GetString(bytes, 0, count); // an error, not a stream
                _first = false;
                if (Unread.Length > 0) return true;
                try
                {
                    foreach (var envelope in _envelopes.Take(bytes, count)) Sort(envelope);
                    return true;
                }
                catch (FormatException)
                {
                    return false; // ends the request
                }
            }

            private void Sort(Envelopes.Envelope envelope)
            {
                var text = Encoding.UTF8.GetString(envelope.Content);
                if ((envelope.Flags & Envelopes.EndOfStream) == 0) Messages.Enqueue(text);
                else End = JsonUtility.FromJson<EndReply>(text) ?? new EndReply();
            }
        }
    }
}
