using System;
using System.IO;
using UnityEditor;
using UnityEngine;

namespace Limner.Editor
{
    /// <summary>
    /// Imports files again as soon as `limner watch` has written them, also while the game plays: textures and sprites change in place.
    /// </summary>
    [InitializeOnLoad]
    public static class HotReload
    {
        private static FileChanges _changes;
        private static string _url = "";
        private static string _key = "";
        private static string _told = "";

        static HotReload()
        {
            EditorApplication.update += Step;
            AssemblyReloadEvents.beforeAssemblyReload += Close;
        }

        /// <summary>Why nothing arrives; empty while all is well.</summary>
        public static string Message => LimnerSettings.HotReload ? _changes?.Fault?.Message ?? "" : "";

        private static void Step()
        {
            if (!LimnerSettings.HotReload)
            {
                Close();
                return;
            }
            if (_changes == null || _url != LimnerSettings.Url || _key != LimnerSettings.Key) Open();
            _changes.Step();
            if (Message.Length > 0 && Message != _told) Debug.LogWarning("Limner: " + Message); // once, not at every attempt
            if (Message.Length > 0 || _changes.Connected) _told = Message;
        }

        private static void Open()
        {
            Close();
            _url = LimnerSettings.Url;
            _key = LimnerSettings.Key;
            _changes = new FileChanges(LimnerSettings.Client(), () => EditorApplication.timeSinceStartup);
            _changes.Published += Import;
            _changes.Reset += AssetDatabase.Refresh;
        }

        private static void Close()
        {
            _changes?.Dispose();
            _changes = null;
        }

        /// <summary>Import what was written into this project; what was removed, Unity finds by itself.</summary>
        public static void Import(Publication publication)
        {
            var removed = false;
            foreach (var file in publication.files)
            {
                var path = InProject(publication.folder, file.path);
                if (path == null) continue;
                if (string.IsNullOrEmpty(file.digest)) removed = true;
                else AssetDatabase.ImportAsset(WithoutMeta(path), ImportAssetOptions.ForceUpdate);
            }
            if (removed) AssetDatabase.Refresh();
        }

        /// <summary>The path as the AssetDatabase knows it; null for files that are not below this project's Assets.</summary>
        public static string InProject(string folder, string path)
        {
            var root = Path.GetFullPath(".");
            var full = Path.GetFullPath(Path.Combine(string.IsNullOrEmpty(folder) ? root : folder, path));
            var assets = Path.Combine(root, "Assets") + Path.DirectorySeparatorChar;
            if (!full.StartsWith(assets, StringComparison.Ordinal)) return null;
            return full.Substring(root.Length + 1).Replace(Path.DirectorySeparatorChar, '/');
        }

        private static string WithoutMeta(string path)
        {
            return path.EndsWith(".meta") ? path.Substring(0, path.Length - ".meta".Length) : path;
        }
    }
}
