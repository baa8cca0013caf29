/// The name of a recognised file in a cache directory, as pages of a host's cache go on after it.
package enum CachedFileName {
    /// Whether a text may be one: small letters, digits and `_`, so that it needs no escapes in a URL.
    package static func isPossible(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}
