// A thin stand-in for the part of UnityEditor that the package uses. What the package asks of the AssetDatabase is written down.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using UnityEngine;

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Method)]
    public class MenuItem : Attribute { public MenuItem(string path) { } }

    [AttributeUsage(AttributeTargets.Class)]
    public class InitializeOnLoadAttribute : Attribute { }

    public class EditorWindow : ScriptableObject
    {
        public static T GetWindow<T>(string title) where T : EditorWindow, new() { return new T(); }
        public void Repaint() { }
    }

    public static class EditorApplication
    {
        public delegate void CallbackFunction();
        public static CallbackFunction update;
        private static readonly Stopwatch Clock = Stopwatch.StartNew();
        public static double timeSinceStartup => Clock.Elapsed.TotalSeconds;
    }

    public static class AssemblyReloadEvents
    {
        public delegate void AssemblyReloadCallback();
        public static event AssemblyReloadCallback beforeAssemblyReload { add { } remove { } }
    }

    public static class EditorPrefs
    {
        private static readonly Dictionary<string, object> Kept = new Dictionary<string, object>();
        public static string GetString(string key, string standard) { return Kept.ContainsKey(key) ? (string)Kept[key] : standard; }
        public static bool GetBool(string key, bool standard) { return Kept.ContainsKey(key) ? (bool)Kept[key] : standard; }
        public static void SetString(string key, string value) { Kept[key] = value; }
        public static void SetBool(string key, bool value) { Kept[key] = value; }
    }

    [Flags]
    public enum ImportAssetOptions { Default = 0, ForceUpdate = 1 }

    public static class AssetDatabase
    {
        public static readonly List<string> Asked = new List<string>();
        private static int _editing;
        public static void StartAssetEditing() { _editing++; Asked.Add("start"); }
        public static void StopAssetEditing() { if (--_editing < 0) throw new InvalidOperationException("stopped more often than started"); Asked.Add("stop"); }
        public static void Refresh() { Asked.Add("refresh"); }
        public static void ImportAsset(string path, ImportAssetOptions options) { Asked.Add("import " + path); }
        public static UnityEngine.Object LoadMainAssetAtPath(string path) { return new UnityEngine.Object(); }
    }

    public enum MessageType { None, Info, Warning, Error }

    public static class EditorGUILayout
    {
        public static string TextField(string label, string value) { return value; }
        public static string TextField(GUIContent label, string value) { return value; }
        public static string PasswordField(string label, string value) { return value; }
        public static int Popup(string label, int chosen, string[] titles) { return chosen; }
        public static int IntPopup(string label, int chosen, string[] titles, int[] values) { return chosen; }
        public static int IntSlider(string label, int value, int low, int high) { return value; }
        public static bool Toggle(string label, bool value) { return value; }
        public static void HelpBox(string message, MessageType kind) { }
        public static void Space() { }
        public static Rect GetControlRect() { return new Rect(); }
    }

    public static class EditorGUI
    {
        public class DisabledScope : IDisposable
        {
            public DisabledScope(bool disabled) { }
            public void Dispose() { }
        }
        public static void ProgressBar(Rect place, float share, string text) { }
    }

    public static class EditorGUIUtility { public static void PingObject(UnityEngine.Object target) { } }
}
