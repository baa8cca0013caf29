import FoundationEssentials
import HTTPFetching
import HTTPTypes
import PrecacheModel
import Synchronization

/// Another place for URLs that begin in some way: asked first, before the source itself.
package struct SourceMirror: Sendable, Hashable {
    private let prefix: URLPrefix
    private let replacement: URLPrefix

    /// A mirror, from `PREFIX = REPLACEMENT`.
    ///
    /// - Throws: ``SourceAccessError`` that says what is wrong.
    package init(_ text: String) throws(SourceAccessError) {
        // A URL may carry a password where none should be.
        let shown = text.contains("@") ? "a mirror" : "'\(text)'"
        let parts = text.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
        guard parts.count == 2 else {
            throw SourceAccessError("\(shown) isn't of the form URL = URL")
        }
        do throws(FetchError) {
            (prefix, replacement) = (try URLPrefix(parts[0]), try URLPrefix(parts[1]))
        } catch {
            throw SourceAccessError("\(shown) can't be used: \(error.message)")
        }
    }

    /// The sources with, before each, its mirrors in the order in which they are given.
    ///
    /// A mirror gets the headers of the source, since it may have to ask the source whether they are right.
    static func expand(_ sources: [ImageSource], _ mirrors: [SourceMirror]) -> [ImageSource] {
        sources.flatMap { source in
            mirrors.compactMap { mirror in
                guard let url = mirror.prefix.replaced(in: source.url, by: mirror.replacement) else {
                    return nil
                }
                var mirrored = source
                mirrored.url = url
                return mirrored
            } + [source]
        }
    }
}

/// The agent's own credentials for sources, by the beginning of their URLs, as its file has them.
///
/// They never appear in a text: neither in an error, nor in a log, nor when this is printed.
package final class SourceCredentials: Sendable, CustomStringConvertible {
    private struct Entry: Sendable {
        let prefix: URLPrefix
        let field: HTTPField
    }

    private let entries: Mutex<[Entry]>

    /// Credentials from a file's text, one a line: `URL basic USER:PASSWORD` or `URL header NAME: VALUE`.
    ///
    /// - Throws: ``SourceAccessError`` that names the line and says nothing of what is secret in it.
    package init(_ text: String) throws(SourceAccessError) { entries = Mutex(try Self.read(text)) }

    /// Takes a file's newer text; what is wrong with it leaves the older in force.
    package func replace(by text: String) throws(SourceAccessError) {
        let newer = try Self.read(text)
        entries.withLock { $0 = newer }
    }

    /// How many there are.
    package var description: String { "\(entries.withLock { $0.count }) credentials" }

    /// The header for a URL, from the entry that says most of its beginning; nil for none.
    func field(for url: String) -> HTTPField? {
        entries.withLock { $0 }.filter { $0.prefix.covers(url) }.max { $0.prefix.length < $1.prefix.length }?
            .field
    }

    private static func read(_ text: String) throws(SourceAccessError) -> [Entry] {
        var entries: [Entry] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let words = line.split(maxSplits: 2) { $0 == " " || $0 == "\t" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 3, let field = field(words[1], words[2]) else {
                throw SourceAccessError(
                    "line \(index + 1) is neither 'URL basic USER:PASSWORD' nor 'URL header NAME: VALUE'"
                )
            }
            do throws(FetchError) {
                entries.append(Entry(prefix: try URLPrefix(String(first)), field: field))
            } catch {
                throw SourceAccessError("line \(index + 1): \(error.message)")
            }
        }
        return entries
    }

    private static func field(_ kind: Substring, _ rest: Substring) -> HTTPField? {
        let value = rest.drop { $0 == " " || $0 == "\t" }
        switch kind {
        case "basic":
            guard value.contains(":") else { return nil }
            let encoded = Data(value.utf8).base64EncodedString()
            return HTTPField(name: .authorization, value: "Basic \(encoded)")
        case "header":
            guard let colon = value.firstIndex(of: ":"), let name = HTTPField.Name(String(value[..<colon]))
            else { return nil }
            let text = value[value.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            guard !text.isEmpty, HTTPField.isValidValue(String(text)) else { return nil }
            return HTTPField(name: name, value: String(text))
        default: return nil
        }
    }
}

/// What is wrong with a mirror or a credential, without what is secret.
package struct SourceAccessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The fault.
    package let description: String

    package init(_ description: String) { self.description = description }
}
