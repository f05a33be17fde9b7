using System.Collections.Generic;

namespace Limner
{
    /// <summary>What to draw.</summary>
    public sealed class Wish
    {
        public string Prompt = "";
        /// <summary>`character`, `item`, `tile`, `texture` …; empty lets the model decide.</summary>
        public string Kind = "";
        public int Size = 64;
        public int Candidates = 1;
        /// <summary>Equal seeds draw equal pictures; none is by chance.</summary>
        public long? Seed;
        /// <summary>The id of a model; empty is the server's own choice.</summary>
        public string Model = "";

        /// <summary>The `Generation` that asks for it. A texture tiles both ways.</summary>
        public IDictionary<string, object> Brief()
        {
            var image = new Dictionary<string, object> { { "prompt", Prompt }, { "width", Size }, { "candidates", Candidates } };
            if (Kind.Length > 0) image["kind"] = Kind;
            if (Model.Length > 0) image["model"] = Model;
            if (Seed.HasValue) image["seed"] = Seed.Value;
            if (Kind == "texture") image["tileX"] = image["tileY"] = true;
            return new Dictionary<string, object> { { "image", image } };
        }
    }
}
