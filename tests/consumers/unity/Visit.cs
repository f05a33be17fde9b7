// Plays Unity's main loop: draws with the package, writes into Assets, follows changes; answers questions on standard input with JSON lines.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Limner;
using Limner.Editor;
using UnityEditor;
using UnityEngine;
using UnityEngine.Networking;

public static class Visit
{
    private const int FrameMs = 5;
    private const double PatienceSeconds = 60;

    public static int Main(string[] arguments)
    {
        LimnerSettings.HotReload = false;
        for (var line = Console.ReadLine(); line != null; line = Console.ReadLine())
        {
            var words = line.Split(new[] { ' ' }, 2);
            Answer(words[0], words.Length > 1 ? words[1] : "");
        }
        return 0;
    }

    private static void Answer(string question, string rest)
    {
        switch (question)
        {
            case "server": LimnerSettings.Url = rest; Say(new Dictionary<string, object>()); break;
            case "key": LimnerSettings.Key = rest; Say(new Dictionary<string, object>()); break;
            case "describe": Describe(); break;
            case "draw": Draw(rest, false); break;
            case "cancel": Draw(rest, true); break;
            case "follow": Follow(); break;
            case "changes": Changes(int.Parse(rest)); break;
            case "json": Say(new Dictionary<string, object> { { "text", JsonText.Of(new Dictionary<string, object> { { "a\"\\\n", new List<object> { 1, 2L, true, null, 0.5f, "高" } } }) } }); break;
            case "stem": Say(new Dictionary<string, object> { { "stem", LimnerWindow.StemOf(rest) } }); break;
            default: throw new ArgumentException(question);
        }
    }

    private static void Describe()
    {
        var call = LimnerSettings.Client().Describe();
        Until(() => call.Done);
        Say(new Dictionary<string, object> { { "version", call.Reply?.version ?? "" }, { "fault", call.Fault?.Message ?? "" } });
    }

    private static void Draw(string words, bool cancelling)
    {
        var asked = words.Split('|'); // model, seed, candidates, folder, prompt
        var wish = new Wish { Model = asked[0], Seed = long.Parse(asked[1]), Candidates = int.Parse(asked[2]), Size = 32, Prompt = asked[4] };
        var drawing = new Drawing(LimnerSettings.Client(), wish.Brief(), "unity", LimnerWindow.StemOf(wish.Prompt), () => EditorApplication.timeSinceStartup);
        var shares = new List<object>();
        Until(() =>
        {
            if (cancelling && drawing.Generation.name.Length > 0) drawing.Cancel();
            var over = drawing.Step();
            shares.Add(drawing.Progress);
            return over;
        });
        AssetDatabase.Asked.Clear();
        var paths = new List<string>();
        var refusal = "";
        try
        {
            if (drawing.Fault == null) paths = ArtWriter.Write(drawing.Files, asked[3]);
        }
        catch (ArgumentException error)
        {
            refusal = error.Message;
        }
        Say(new Dictionary<string, object>
        {
            { "fault", drawing.Fault?.Message ?? refusal },
            { "reason", drawing.Fault?.Reason.ToString() ?? "" },
            { "name", drawing.Generation.name },
            { "preview", drawing.Preview != null },
            { "shares", shares.Distinct().ToList() },
            { "paths", paths.Cast<object>().ToList() },
            { "asked", AssetDatabase.Asked.Cast<object>().ToList() },
        });
    }

    private static void Follow()
    {
        LimnerSettings.HotReload = true;
        RuntimeHelpers.RunClassConstructor(typeof(HotReload).TypeHandle);
        var field = typeof(HotReload).GetField("_changes", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static);
        Until(() => ((FileChanges)field.GetValue(null))?.Connected ?? false);
        Say(new Dictionary<string, object>());
    }

    private static void Changes(int count)
    {
        Until(() => AssetDatabase.Asked.Count >= count);
        Say(new Dictionary<string, object>
        {
            { "asked", AssetDatabase.Asked.Cast<object>().ToList() },
            { "warnings", Debug.Warnings.Cast<object>().ToList() },
        });
        AssetDatabase.Asked.Clear();
        Debug.Warnings.Clear();
    }

    /// Frames go round until it is true.
    private static void Until(Func<bool> done)
    {
        var end = EditorApplication.timeSinceStartup + PatienceSeconds;
        while (!done())
        {
            if (EditorApplication.timeSinceStartup > end) throw new TimeoutException("nothing happened for " + PatienceSeconds + " s");
            foreach (var request in UnityWebRequest.Sent.ToArray()) request.Pump();
            EditorApplication.update?.Invoke();
            Thread.Sleep(FrameMs);
        }
    }

    private static void Say(IDictionary<string, object> answer)
    {
        Console.WriteLine(JsonText.Of(answer));
        Console.Out.Flush();
    }
}
