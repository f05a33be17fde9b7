// A thin stand-in for the part of UnityEngine that the package uses: the same names, types and rules, on .NET's own classes.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Reflection;
using System.Text;
using System.Threading;
using System.Web.Script.Serialization;

namespace UnityEngine
{
    public enum HideFlags { None = 0, HideAndDontSave = 61 }
    public enum FilterMode { Point, Bilinear }
    public enum ScaleMode { ScaleToFit }

    public class Object
    {
        public HideFlags hideFlags;
        public static void DestroyImmediate(Object target) { }
    }

    public class ScriptableObject : Object { }

    public class Texture : Object { public FilterMode filterMode; }

    public class Texture2D : Texture
    {
        public Texture2D(int width, int height) { }
    }

    public static class ImageConversion
    {
        public static bool LoadImage(this Texture2D texture, byte[] content) { return content.Length > 8 && content[1] == 'P'; }
    }

    public struct Rect { }

    public class GUIContent
    {
        public GUIContent(string text, string tooltip) { }
    }

    public static class GUI { public static void DrawTexture(Rect place, Texture image, ScaleMode mode) { } }
    public static class GUILayout { public static bool Button(string text) { return false; } }
    public static class GUILayoutUtility { public static Rect GetAspectRect(float aspect) { return new Rect(); } }

    public static class Debug
    {
        public static readonly List<string> Warnings = new List<string>();
        public static void LogWarning(object message) { Warnings.Add(message.ToString()); }
    }

    /// Fields by name, missing ones keep what the constructor gave them, as in Unity.
    public static class JsonUtility
    {
        public static T FromJson<T>(string text)
        {
            object parsed;
            try { parsed = new JavaScriptSerializer { MaxJsonLength = int.MaxValue }.DeserializeObject(text); }
            catch (Exception error) when (error is ArgumentException || error is InvalidOperationException) { throw new ArgumentException("JSON parse error: " + error.Message); }
            return (T)Made(typeof(T), parsed);
        }

        private static object Made(Type type, object value)
        {
            if (type == typeof(string)) return value as string ?? throw new ArgumentException("a string was expected, not " + value);
            if (type.IsPrimitive) return Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
            if (type.IsArray)
            {
                var items = (IList)value;
                var array = Array.CreateInstance(type.GetElementType(), items.Count);
                for (var place = 0; place < items.Count; place++) array.SetValue(Made(type.GetElementType(), items[place]), place);
                return array;
            }
            if (!type.IsDefined(typeof(SerializableAttribute), false)) throw new ArgumentException(type + " is not [Serializable]");
            var made = Activator.CreateInstance(type);
            foreach (var member in (IDictionary<string, object>)value)
            {
                var field = type.GetField(member.Key, BindingFlags.Public | BindingFlags.Instance);
                if (field != null && member.Value != null) field.SetValue(made, Made(field.FieldType, member.Value));
            }
            return made;
        }
    }
}

namespace UnityEngine.Networking
{
    public class UploadHandler { public string contentType; internal byte[] Content; }
    public class UploadHandlerRaw : UploadHandler { public UploadHandlerRaw(byte[] content) { Content = content; } }

    public class DownloadHandler
    {
        internal virtual void Take(byte[] bytes, int count) { }
        public virtual string text => throw new NotSupportedException("this handler has no text");
    }

    public class DownloadHandlerBuffer : DownloadHandler
    {
        private readonly MemoryStream _content = new MemoryStream();
        internal override void Take(byte[] bytes, int count) { _content.Write(bytes, 0, count); }
        public override string text => Encoding.UTF8.GetString(_content.ToArray());
    }

    public class DownloadHandlerScript : DownloadHandler
    {
        internal bool Refused;
        internal override void Take(byte[] bytes, int count) { if (!ReceiveData(bytes, count)) Refused = true; }
        protected virtual bool ReceiveData(byte[] bytes, int count) { return true; }
    }

    /// Sends on a thread; hands bytes over on the main thread only, when it looks at `isDone` or the editor's update goes round.
    public class UnityWebRequest : IDisposable
    {
        public enum Result { InProgress, Success, ConnectionError, ProtocolError, DataProcessingError }
        public const string kHttpVerbPOST = "POST";

        public static readonly List<UnityWebRequest> Sent = new List<UnityWebRequest>();
        private static readonly int Main = Thread.CurrentThread.ManagedThreadId;

        public UploadHandler uploadHandler;
        public DownloadHandler downloadHandler;
        public int timeout;
        private readonly string _url;
        private readonly string _verb;
        private readonly Dictionary<string, string> _headers = new Dictionary<string, string>();
        private readonly Queue<byte[]> _arrived = new Queue<byte[]>();
        private HttpWebRequest _request;
        private bool _ended, _disposed;
        private string _fault;
        private long _status;

        public UnityWebRequest(string url, string verb) { _url = url; _verb = verb; }

        public string error { get; private set; }
        public Result result { get; private set; }
        public long responseCode => _status;
        public void SetRequestHeader(string name, string value) { _headers[name] = value; }

        public object SendWebRequest()
        {
            Sent.Add(this);
            new Thread(Run) { IsBackground = true }.Start();
            return null;
        }

        public bool isDone
        {
            get
            {
                if (_disposed) throw new ObjectDisposedException("UnityWebRequest");
                Pump();
                return result != Result.InProgress;
            }
        }

        public void Abort() { _request?.Abort(); }
        public void Dispose() { _disposed = true; Sent.Remove(this); _request?.Abort(); }

        /// What Unity does once a frame.
        public void Pump()
        {
            if (Thread.CurrentThread.ManagedThreadId != Main) throw new InvalidOperationException("only on the main thread");
            lock (_arrived)
            {
                while (_arrived.Count > 0)
                {
                    var bytes = _arrived.Dequeue();
                    downloadHandler.Take(bytes, bytes.Length);
                }
                if (!_ended || result != Result.InProgress) return;
                error = _fault ?? (_status >= 400 ? $"HTTP/1.1 {_status}" : null);
                var refused = downloadHandler is DownloadHandlerScript script && script.Refused;
                result = _fault != null ? Result.ConnectionError : _status >= 400 ? Result.ProtocolError : refused ? Result.DataProcessingError : Result.Success;
            }
        }

        private void Run()
        {
            try
            {
                _request = (HttpWebRequest)WebRequest.Create(_url);
                _request.Method = _verb;
                _request.Proxy = null;
                _request.ReadWriteTimeout = 60000;
                if (timeout > 0) _request.Timeout = 1000 * timeout;
                foreach (var header in _headers)
                {
                    if (header.Key == "Content-Type") _request.ContentType = header.Value;
                    else _request.Headers[header.Key] = header.Value;
                }
                using (var body = _request.GetRequestStream()) body.Write(uploadHandler.Content, 0, uploadHandler.Content.Length);
                Receive((HttpWebResponse)_request.GetResponse());
            }
            catch (WebException fault) when (fault.Response is HttpWebResponse refused)
            {
                Receive(refused);
            }
            catch (Exception fault) when (fault is WebException || fault is IOException || fault is ObjectDisposedException)
            {
                lock (_arrived) { _fault = fault.Message; _ended = true; }
            }
        }

        private void Receive(HttpWebResponse response)
        {
            _status = (long)response.StatusCode;
            try
            {
                using (var stream = response.GetResponseStream())
                {
                    var buffer = new byte[997];
                    for (var count = stream.Read(buffer, 0, buffer.Length); count > 0; count = stream.Read(buffer, 0, buffer.Length))
                    {
                        var bytes = new byte[count];
                        Buffer.BlockCopy(buffer, 0, bytes, 0, count);
                        lock (_arrived) _arrived.Enqueue(bytes);
                    }
                }
                lock (_arrived) _ended = true;
            }
            catch (Exception fault) when (fault is WebException || fault is IOException || fault is ObjectDisposedException)
            {
                lock (_arrived) { _fault = fault.Message; _ended = true; }
            }
        }
    }
}
