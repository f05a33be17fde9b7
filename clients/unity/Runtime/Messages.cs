using System;

// What the server answers, as JsonUtility reads it: public fields, named as on the wire. 64 bits and enums are text in JSON.
namespace Limner
{
    [Serializable]
    public class ServerReply
    {
        public string version = "";
        public string[] extensions = new string[0];
        public string[] exportFormats = new string[0];
    }

    [Serializable]
    public class GenerationReply
    {
        public Generation generation = new Generation();
    }

    [Serializable]
    public class Generation
    {
        public string name = "";
        public string state = "";
        public float progress;
        public int queuePosition;
        public Asset[] assets = new Asset[0];
        public Failure error = new Failure();

        public bool Succeeded => state == "STATE_SUCCEEDED";
        public bool Failed => state == "STATE_FAILED";
        public bool Cancelled => state == "STATE_CANCELLED";
    }

    [Serializable]
    public class Failure
    {
        public string code = "";
        public string message = "";
    }

    [Serializable]
    public class Asset
    {
        public string name = "";
        public string digest = "";
        public string contentType = "";
        public string role = "";
        public int width;
        public int height;
        public int candidate;
        public int rank;
    }

    [Serializable]
    public class WatchReply
    {
        public GenerationEvent @event = new GenerationEvent();
    }

    [Serializable]
    public class GenerationEvent
    {
        public string sequence = "";
        public Generation generation = new Generation();
        public string previewPng = "";
    }

    [Serializable]
    public class FileReply
    {
        public string path = "";
        public string data = "";
    }

    [Serializable]
    public class ErrorReply
    {
        public string code = "";
        public string message = "";
    }

    [Serializable]
    public class EndReply
    {
        public ErrorReply error = new ErrorReply();
    }

    [Serializable]
    public class ChangeReply
    {
        /// <summary>Empty in signs of life.</summary>
        public AssetChange change = new AssetChange();
        public string sequence = "";
    }

    [Serializable]
    public class AssetChange
    {
        public string kind = "";
        public Publication publication = new Publication();

        public bool Published => kind == "KIND_PUBLISHED";
        public bool Reset => kind == "KIND_RESET";
    }

    [Serializable]
    public class Publication
    {
        public string project = "";
        public string folder = "";
        public string key = "";
        public ProjectFile[] files = new ProjectFile[0];
    }

    [Serializable]
    public class ProjectFile
    {
        public string path = "";
        /// <summary>Empty when the file was removed.</summary>
        public string digest = "";
    }
}
