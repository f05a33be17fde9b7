using System;
using System.Collections.Generic;
using System.IO;
using UnityEditor;

namespace Limner.Editor
{
    /// <summary>
    /// Puts exported files into the project. Each `.png` comes with its `.png.meta`, which cuts it into sprites, so Unity imports it once
    /// and rightly; the same names have the same ids, so references outlast a second drawing.
    /// </summary>
    public static class ArtWriter
    {
        /// <summary>Write the files below a folder of Assets and let Unity import them; the paths of the assets.</summary>
        public static List<string> Write(IDictionary<string, byte[]> files, string folder)
        {
            var root = Path.GetFullPath(folder);
            if (!Inside(root, Path.GetFullPath("Assets"))) throw new ArgumentException($"{folder} is not in Assets; name a folder below it");
            var paths = new List<string>();
            AssetDatabase.StartAssetEditing(); // one import for all, after the last file
            try
            {
                foreach (var file in files)
                {
                    var path = Path.GetFullPath(Path.Combine(root, file.Key));
                    if (!Inside(path, root)) throw new ArgumentException($"the server sent a file outside of {folder}: {file.Key}");
                    WriteWhole(path, file.Value);
                    if (!file.Key.EndsWith(".meta")) paths.Add(folder.TrimEnd('/') + "/" + file.Key);
                }
            }
            finally
            {
                AssetDatabase.StopAssetEditing();
            }
            AssetDatabase.Refresh();
            foreach (var path in paths) AssetDatabase.ImportAsset(path, ImportAssetOptions.ForceUpdate);
            return paths;
        }

        private static bool Inside(string path, string folder)
        {
            return path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        }

        /// <summary>The whole file, or the old one stays.</summary>
        private static void WriteWhole(string path, byte[] content)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            var fresh = Path.Combine(Path.GetDirectoryName(path), "." + Path.GetFileName(path) + ".new"); // Unity does not see dot files
            File.WriteAllBytes(fresh, content);
            if (File.Exists(path)) File.Replace(fresh, path, null);
            else File.Move(fresh, path);
        }
    }
}
