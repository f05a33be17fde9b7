using System;
using System.Text;
using UnityEditor;
using UnityEngine;

namespace Limner.Editor
{
    /// <summary>Window > Limner: a sentence becomes sprites in the project.</summary>
    public sealed class LimnerWindow : EditorWindow
    {
        private static readonly string[] Kinds = { "", "character", "monster", "animal", "item", "icon", "object", "effect", "tile", "texture" };
        private static readonly string[] KindTitles = { "Any", "Character", "Monster", "Animal", "Item", "Icon", "Object", "Effect", "Tile", "Texture" };
        private static readonly int[] Sizes = { 32, 64, 128, 256 };
        private static readonly string[] SizeTitles = { "32", "64", "128", "256" };

        private string _prompt = "";
        private int _kind;
        private int _size = 64;
        private int _candidates = 4;
        private string _seed = "";
        private string _message = "";
        private bool _failed;
        private Drawing _drawing;
        private UnaryCall<ServerReply> _test;
        private Texture2D _preview;
        private byte[] _shown;

        [MenuItem("Window/Limner")]
        public static void Open()
        {
            GetWindow<LimnerWindow>("Limner");
        }

        private void OnEnable()
        {
            EditorApplication.update += Step;
        }

        private void OnDisable()
        {
            EditorApplication.update -= Step;
            _drawing?.Cancel();
            if (_preview != null) DestroyImmediate(_preview);
        }

        private void OnGUI()
        {
            _prompt = EditorGUILayout.TextField("Prompt", _prompt);
            _kind = EditorGUILayout.Popup("Kind", _kind, KindTitles);
            _size = EditorGUILayout.IntPopup("Size", _size, SizeTitles, Sizes);
            _candidates = EditorGUILayout.IntSlider("Candidates", _candidates, 1, 16);
            _seed = EditorGUILayout.TextField(new GUIContent("Seed", "Equal seeds draw equal pictures; empty is by chance"), _seed);
            LimnerSettings.Folder = EditorGUILayout.TextField("Folder", LimnerSettings.Folder);
            using (new EditorGUI.DisabledScope(_drawing != null || _prompt.Trim().Length == 0))
            {
                if (GUILayout.Button("Draw")) Draw();
            }
            if (_drawing != null) ShowProgress(_drawing);
            if (_preview != null) GUI.DrawTexture(GUILayoutUtility.GetAspectRect(1), _preview, ScaleMode.ScaleToFit);
            if (_message.Length > 0) EditorGUILayout.HelpBox(_message, _failed ? MessageType.Error : MessageType.Info);
            EditorGUILayout.Space();
            ShowServer();
        }

        private void ShowProgress(Drawing drawing)
        {
            EditorGUI.ProgressBar(EditorGUILayout.GetControlRect(), drawing.Progress, drawing.Text);
            if (GUILayout.Button("Cancel")) drawing.Cancel();
        }

        private void ShowServer()
        {
            LimnerSettings.Url = EditorGUILayout.TextField("Server", LimnerSettings.Url);
            LimnerSettings.Key = EditorGUILayout.PasswordField("Key", LimnerSettings.Key);
            LimnerSettings.HotReload = EditorGUILayout.Toggle("Hot reload", LimnerSettings.HotReload);
            if (GUILayout.Button("Test connection")) _test = LimnerSettings.Client().Describe();
            if (HotReload.Message.Length > 0) EditorGUILayout.HelpBox(HotReload.Message, MessageType.Warning);
        }

        private void Draw()
        {
            var wish = new Wish { Prompt = _prompt, Kind = Kinds[_kind], Size = _size, Candidates = _candidates };
            if (_seed.Trim().Length > 0)
            {
                if (!long.TryParse(_seed.Trim(), out var seed) || seed < 0)
                {
                    Say("Seed: write a whole number, or nothing", true);
                    return;
                }
                wish.Seed = seed;
            }
            Say("", false);
            _drawing = new Drawing(LimnerSettings.Client(), wish.Brief(), "unity", StemOf(_prompt), () => EditorApplication.timeSinceStartup);
        }

        private void Step()
        {
            StepTest();
            if (_drawing == null) return;
            var over = _drawing.Step();
            ShowPreview(_drawing.Preview);
            if (over) Finish(_drawing);
            Repaint();
        }

        private void StepTest()
        {
            if (_test == null || !_test.Done) return;
            if (_test.Fault != null) Say(_test.Fault.Message, true);
            else Say($"Limner {_test.Reply.version} answers at {LimnerSettings.Url}", false);
            _test = null;
            Repaint();
        }

        private void Finish(Drawing drawing)
        {
            _drawing = null;
            if (drawing.Fault != null)
            {
                Say(drawing.Fault.Message, drawing.Fault.Reason != FaultReason.Cancelled);
                return;
            }
            try
            {
                var paths = ArtWriter.Write(drawing.Files, LimnerSettings.Folder);
                Say("Wrote " + string.Join(", ", paths.ToArray()), false);
                if (paths.Count > 0) EditorGUIUtility.PingObject(AssetDatabase.LoadMainAssetAtPath(paths[0]));
            }
            catch (Exception error) when (error is ArgumentException || error is System.IO.IOException || error is UnauthorizedAccessException)
            {
                Say(error.Message, true);
            }
        }

        private void ShowPreview(byte[] png)
        {
            if (png == null || png == _shown) return;
            _shown = png;
            if (_preview == null) _preview = new Texture2D(2, 2) { filterMode = FilterMode.Point, hideFlags = HideFlags.HideAndDontSave };
            _preview.LoadImage(png);
        }

        private void Say(string message, bool failed)
        {
            _message = message;
            _failed = failed;
        }

        /// <summary>The prompt's ASCII words as the stem of file names; a prompt without any becomes `drawing` and a number that follows from it.</summary>
        public static string StemOf(string prompt)
        {
            var stem = new StringBuilder();
            foreach (var letter in prompt.ToLowerInvariant())
            {
                if (letter >= 'a' && letter <= 'z' || letter >= '0' && letter <= '9') stem.Append(letter);
                else if (stem.Length > 0 && stem[stem.Length - 1] != '-') stem.Append('-');
            }
            var found = stem.ToString(0, Math.Min(stem.Length, 48)).Trim('-');
            return found.Length > 0 ? found : "drawing-" + Hash(prompt).ToString("x8");
        }

        /// <summary>FNV-1a: the same on every machine, which GetHashCode is not.</summary>
        private static uint Hash(string text)
        {
            var hash = 2166136261u;
            foreach (var part in Encoding.UTF8.GetBytes(text)) hash = (hash ^ part) * 16777619u;
            return hash;
        }
    }
}
