import PrecacheModel

/// What a problem document (RFC 9457) says, in words for a log line or a result's detail.
package enum ProblemWords {
    /// Code and detail, `code, detail`; empty for any other body: whatever else it holds is not for people.
    package static func read(_ body: [UInt8]) -> String {
        guard case .object(let members)? = try? JSONParser.parse(body) else { return "" }
        let words = ["code", "detail"].compactMap { name -> String? in
            guard case .string(let text)? = members.last(where: { $0.name == name })?.value else {
                return nil
            }
            return printable(text)
        }
        return words.joined(separator: ", ")
    }

    private static func printable(_ text: String) -> String {
        let short = String(text.prefix(300))
        return PrintableText.isPrintable(short) ? short : "(unprintable)"
    }
}
