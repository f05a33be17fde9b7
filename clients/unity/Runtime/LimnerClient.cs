using System;
using System.Collections.Generic;
using System.Text;
using UnityEngine.Networking;

namespace Limner
{
    /// <summary>
    /// A server's HTTP door, such as http://127.0.0.1:8080. Every call is an object to look at once a frame: nothing here waits.
    /// </summary>
    public sealed class LimnerClient
    {
        public readonly string Url;
        private readonly string _key;

        public LimnerClient(string url, string key = "")
        {
            Url = (url ?? "").Trim().TrimEnd('/');
            _key = (key ?? "").Trim();
        }

        /// <summary>The server's version and what it can do.</summary>
        public UnaryCall<ServerReply> Describe()
        {
            return Call<ServerReply>("ServerService/GetServer", new Dictionary<string, object>());
        }

        /// <summary>Ask for art. The same `requestId` twice is the same generation.</summary>
        public UnaryCall<GenerationReply> Create(IDictionary<string, object> brief, string requestId)
        {
            return Call<GenerationReply>(
                "GenerationService/CreateGeneration",
                new Dictionary<string, object> { { "generation", brief }, { "requestId", requestId } });
        }

        /// <summary>Stop a generation.</summary>
        public UnaryCall<GenerationReply> Cancel(string name)
        {
            return Call<GenerationReply>("GenerationService/CancelGeneration", new Dictionary<string, object> { { "name", name } });
        }

        /// <summary>Follow a generation: every event after a sequence.</summary>
        public StreamCall<WatchReply> Watch(string name, string afterSequence)
        {
            return Stream<WatchReply>(
                "GenerationService/WatchGeneration",
                new Dictionary<string, object> { { "name", name }, { "afterSequence", afterSequence }, { "previews", true } });
        }

        /// <summary>Assets as the files of a format, in pieces.</summary>
        public StreamCall<FileReply> Export(IEnumerable<string> names, string format, string stem)
        {
            return Stream<FileReply>(
                "AssetService/ExportAssets",
                new Dictionary<string, object> { { "names", new List<object>(names) }, { "format", format }, { "stem", stem } });
        }

        /// <summary>The bytes of an asset, in pieces.</summary>
        public StreamCall<FileReply> Read(string name)
        {
            return Stream<FileReply>("AssetService/ReadAsset", new Dictionary<string, object> { { "name", name } });
        }

        /// <summary>Follow the files that `limner watch` writes: what comes from now on, or all after a sequence.</summary>
        public StreamCall<ChangeReply> Changes(string afterSequence)
        {
            var request = new Dictionary<string, object> { { "kinds", new List<object> { "KIND_PUBLISHED" } } };
            if (afterSequence.Length > 0) request["afterSequence"] = afterSequence;
            return Stream<ChangeReply>("AssetService/WatchAssets", request);
        }

        public UnaryCall<T> Call<T>(string method, IDictionary<string, object> request) where T : class
        {
            return new UnaryCall<T>(Url, () =>
            {
                var sent = Request(method, "application/json", Encoding.UTF8.GetBytes(JsonText.Of(request)));
                sent.downloadHandler = new DownloadHandlerBuffer();
                sent.timeout = 30;
                return sent;
            });
        }

        public StreamCall<T> Stream<T>(string method, IDictionary<string, object> request) where T : class
        {
            var content = Envelopes.Around(Encoding.UTF8.GetBytes(JsonText.Of(request)));
            return new StreamCall<T>(Url, () => Request(method, "application/connect+json", content));
        }

        private UnityWebRequest Request(string method, string contentType, byte[] content)
        {
            if (!Uri.TryCreate(Url, UriKind.Absolute, out var address) || !address.Scheme.StartsWith("http"))
            {
                throw new FormatException($"\"{Url}\" is no address of a server; write it as http://127.0.0.1:8080");
            }
            var request = new UnityWebRequest($"{Url}/limner.v1.{method}", UnityWebRequest.kHttpVerbPOST)
            {
                uploadHandler = new UploadHandlerRaw(content) { contentType = contentType },
            };
            request.SetRequestHeader("Content-Type", contentType);
            request.SetRequestHeader("Connect-Protocol-Version", "1");
            if (_key.Length > 0) request.SetRequestHeader("Authorization", "Bearer " + _key);
            return request;
        }
    }
}
