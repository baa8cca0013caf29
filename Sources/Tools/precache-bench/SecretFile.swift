import ArgumentParser
import Glibc

/// A token in a file of its own: never a flag, which everyone on the machine could read.
enum SecretFile {
    /// The file's text without white space at its ends; nil without a file.
    static func read(_ path: String?) throws -> String? {
        guard let path else { return nil }
        let bytes = try LocalFile.read(path)
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1 else {
            throw ValidationError("the file '\(path)' must hold a token alone: one word")
        }
        return String(words[0])
    }
}
