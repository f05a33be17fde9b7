using System;
using System.Collections.Generic;

namespace Limner
{
    /// <summary>Splits the bytes of a Connect stream: a byte of flags, four of length (big-endian), the message.</summary>
    public sealed class Envelopes
    {
        public const int EndOfStream = 2;
        public const int Largest = 64 << 20;
        private const int Head = 5;

        private byte[] _buffer = new byte[4096];
        private int _filled;

        public struct Envelope
        {
            public int Flags;
            public byte[] Content;
        }

        /// <summary>Take bytes as they arrive, in whatever pieces; the envelopes that are whole now.</summary>
        public List<Envelope> Take(byte[] bytes, int count)
        {
            if (_buffer.Length < _filled + count) Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _filled + count));
            Buffer.BlockCopy(bytes, 0, _buffer, _filled, count);
            _filled += count;
            var found = new List<Envelope>();
            var start = 0;
            while (_filled - start >= Head)
            {
                var size = Size(start);
                if (_filled - start - Head < size) break;
                var content = new byte[size];
                Buffer.BlockCopy(_buffer, start + Head, content, 0, size);
                found.Add(new Envelope { Flags = _buffer[start], Content = content });
                start += Head + size;
            }
            Buffer.BlockCopy(_buffer, start, _buffer, 0, _filled - start);
            _filled -= start;
            return found;
        }

        /// <summary>One message as an envelope.</summary>
        public static byte[] Around(byte[] content)
        {
            var envelope = new byte[Head + content.Length];
            for (var place = 0; place < 4; place++) envelope[1 + place] = (byte)(content.Length >> (24 - 8 * place));
            Buffer.BlockCopy(content, 0, envelope, Head, content.Length);
            return envelope;
        }

        private int Size(int start)
        {
            var size = 0L;
            for (var place = 1; place < Head; place++) size = size << 8 | _buffer[start + place];
            if (size > Largest) throw new FormatException($"a message of {size} bytes; the most is {Largest}");
            return (int)size;
        }
    }
}
