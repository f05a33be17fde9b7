using UnityEditor;

namespace Limner.Editor
{
    /// <summary>Where the server is. Kept with the user in EditorPrefs, not in the project.</summary>
    public static class LimnerSettings
    {
        public const string DefaultUrl = "http://127.0.0.1:8080";

        public static string Url
        {
            get => EditorPrefs.GetString("Limner.Url", DefaultUrl);
            set => EditorPrefs.SetString("Limner.Url", value);
        }

        public static string Key
        {
            get => EditorPrefs.GetString("Limner.Key", "");
            set => EditorPrefs.SetString("Limner.Key", value);
        }

        /// <summary>The folder that drawings go into, below Assets.</summary>
        public static string Folder
        {
            get => EditorPrefs.GetString("Limner.Folder", "Assets/Limner");
            set => EditorPrefs.SetString("Limner.Folder", value);
        }

        /// <summary>Import files again as soon as `limner watch` has written them.</summary>
        public static bool HotReload
        {
            get => EditorPrefs.GetBool("Limner.HotReload", true);
            set => EditorPrefs.SetBool("Limner.HotReload", value);
        }

        public static LimnerClient Client()
        {
            return new LimnerClient(Url, Key);
        }
    }
}
