using System;
using UnityEngine;
using UnityEngine.Networking;

namespace Limner
{
    /// <summary>A call that answers once. Look at <see cref="Done"/> once a frame; then there is a reply or a fault.</summary>
    public sealed class UnaryCall<T> : IDisposable where T : class
    {
        private readonly string _url;
        private UnityWebRequest _request;

        public UnaryCall(string url, Func<UnityWebRequest> request)
        {
            _url = url;
            Fault = Sending.Start(request, url, out _request);
        }

        public T Reply { get; private set; }
        public LimnerFault Fault { get; private set; }

        public bool Done
        {
            get
            {
                if (_request != null && _request.isDone) Finish();
                return _request == null;
            }
        }

        /// <summary>Give it up.</summary>
        public void Dispose()
        {
            _request?.Abort();
            _request?.Dispose();
            _request = null;
        }

        private void Finish()
        {
            var text = _request.downloadHandler.text;
            if (_request.result == UnityWebRequest.Result.Success) Reply = JsonUtility.FromJson<T>(text);
            else Fault = Sending.FaultOf(_request, text, _url);
            _request.Dispose();
            _request = null;
        }
    }

    /// <summary>What all calls share.</summary>
    internal static class Sending
    {
        /// <summary>Send a request; the fault when that cannot be done at all.</summary>
        public static LimnerFault Start(Func<UnityWebRequest> request, string url, out UnityWebRequest sent)
        {
            sent = null;
            try
            {
                sent = request();
                sent.SendWebRequest();
                return null;
            }
            catch (FormatException error)
            {
                return new LimnerFault(FaultReason.Invalid, error.Message);
            }
            catch (InvalidOperationException error) // Unity refuses plain HTTP
            {
                sent?.Dispose();
                sent = null;
                return new LimnerFault(
                    FaultReason.Invalid,
                    $"Unity sends nothing to {url} ({error.Message}); allow it under Project Settings > Player > Allow downloads over HTTP");
            }
        }

        /// <summary>Why a request failed: the server's own words where it said any.</summary>
        public static LimnerFault FaultOf(UnityWebRequest request, string text, string url)
        {
            if (request.result != UnityWebRequest.Result.ProtocolError) return LimnerFault.Lost(url, request.error);
            ErrorReply error = null;
            try
            {
                error = JsonUtility.FromJson<ErrorReply>(text);
            }
            catch (ArgumentException)
            {
                // not a Limner server, or something between it and us
            }
            if (error == null || string.IsNullOrEmpty(error.code)) error = new ErrorReply { code = CodeOf(request.responseCode), message = request.error };
            return LimnerFault.Of(error, url);
        }

        private static string CodeOf(long status)
        {
            switch (status)
            {
                case 401: return "unauthenticated";
                case 403: return "permission_denied";
                case 404: return "unimplemented";
                case 503: return "unavailable";
                default: return "unknown";
            }
        }
    }
}
