using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Limner
{
    /// <summary>
    /// Writes requests as JSON. JsonUtility writes every field of a class, also those that nobody set; the wire tells the two apart.
    /// </summary>
    public static class JsonText
    {
        /// <summary>An object of dictionaries, lists, strings, booleans and numbers as JSON.</summary>
        public static string Of(object value)
        {
            var text = new StringBuilder();
            Write(text, value);
            return text.ToString();
        }

        private static void Write(StringBuilder text, object value)
        {
            if (value == null) text.Append("null");
            else if (value is bool flag) text.Append(flag ? "true" : "false");
            else if (value is string words) Quote(text, words);
            else if (value is int whole) text.Append(whole.ToString(CultureInfo.InvariantCulture));
            else if (value is long large) Quote(text, large.ToString(CultureInfo.InvariantCulture)); // 64 bits are text in JSON
            else if (value is float real) text.Append(real.ToString("R", CultureInfo.InvariantCulture));
            else if (value is IDictionary<string, object> members) WriteObject(text, members);
            else if (value is IEnumerable<object> items) WriteList(text, items);
            else throw new ArgumentException("no JSON for a " + value.GetType());
        }

        private static void WriteObject(StringBuilder text, IDictionary<string, object> members)
        {
            var mark = "{";
            foreach (var member in members)
            {
                text.Append(mark);
                Quote(text, member.Key);
                text.Append(':');
                Write(text, member.Value);
                mark = ",";
            }
            text.Append(members.Count == 0 ? "{}" : "}");
        }

        private static void WriteList(StringBuilder text, IEnumerable<object> items)
        {
            text.Append('[');
            var mark = "";
            foreach (var item in items)
            {
                text.Append(mark);
                Write(text, item);
                mark = ",";
            }
            text.Append(']');
        }

        private static void Quote(StringBuilder text, string words)
        {
            text.Append('"');
            foreach (var letter in words)
            {
                if (letter == '"' || letter == '\\') text.Append('\\').Append(letter);
                else if (letter < ' ') text.Append("\\u").Append(((int)letter).ToString("x4"));
                else text.Append(letter);
            }
            text.Append('"');
        }
    }
}
