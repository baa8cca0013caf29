import TextForms

extension SettingKind {
    /// Reads a value's text; the error says what is wrong with it, without repeating it.
    func parse(_ text: String) -> Result<SettingValue, SettingFault> {
        if case .texts = self, text.isEmpty { return .success(.texts([])) }
        guard !text.isEmpty else { return .failure(SettingFault("is empty")) }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
        else {
            return .failure(SettingFault("holds a control character"))
        }
        switch self {
        case .string, .path, .secret: return .success(.text(text))
        case .url: return Self.checkURL(text)
        case .bool: return Self.parseBool(text)
        case .int(let range): return Self.parseInt(text, range)
        case .bytes(let range): return Self.parseBytes(text, range)
        case .seconds(let range): return Self.parseSeconds(text, range)
        case .choice(let names):
            return names.contains(text) ? .success(.text(text)) : .failure(SettingFault("is not on the list"))
        case .countOrPercent: return Self.parseCountOrPercent(text)
        case .texts: return Self.parseTexts(text)
        }
    }

    private static func parseTexts(_ text: String) -> Result<SettingValue, SettingFault> {
        let texts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        return texts.contains("") ? .failure(SettingFault("has an empty entry")) : .success(.texts(texts))
    }

    private static func parseBool(_ text: String) -> Result<SettingValue, SettingFault> {
        switch text.lowercased() {
        case "true", "yes", "on", "1": .success(.bool(true))
        case "false", "no", "off", "0": .success(.bool(false))
        default: .failure(SettingFault("is neither true nor false"))
        }
    }

    private static func parseInt(
        _ text: String,
        _ range: ClosedRange<Int>
    ) -> Result<SettingValue, SettingFault> {
        guard let number = Int(text) else { return .failure(SettingFault("is not a whole number")) }
        guard range.contains(number) else { return .failure(SettingFault("is out of range")) }
        return .success(.int(number))
    }

    /// Binary units only, as the names say (IEC 80000-13); `64MiB`, `64 MiB` and `67108864` are one value.
    private static func parseBytes(
        _ text: String,
        _ range: ClosedRange<Int>
    ) -> Result<SettingValue, SettingFault> {
        let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("B", 0)]
        var digits = text[...]
        var shift = 0
        if let (suffix, bits) = units.first(where: { text.hasSuffix($0.0) }) {
            shift = bits
            digits = text.dropLast(suffix.count)
            if digits.last == " " { digits = digits.dropLast() }
        }
        guard let number = Int(digits) else { return .failure(SettingFault("is not a number of bytes")) }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow, range.contains(bytes) else { return .failure(SettingFault("is out of range")) }
        return .success(.int(bytes))
    }

    private static func parseSeconds(
        _ text: String,
        _ range: ClosedRange<Double>
    ) -> Result<SettingValue, SettingFault> {
        // `Double` also reads "nan", "inf" and hexadecimal; a setting doesn't.
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || ".-+eE".utf8.contains($0) }
        guard let seconds = SpanText.seconds(text).map(Double.init) ?? (isPlain ? Double(text) : nil) else {
            return .failure(SettingFault("is not a number of seconds"))
        }
        guard range.contains(seconds) else { return .failure(SettingFault("is out of range")) }
        return .success(.duration(Int(exactly: seconds).map { .seconds($0) } ?? .seconds(seconds)))
    }

    private static func parseCountOrPercent(_ text: String) -> Result<SettingValue, SettingFault> {
        if text.hasSuffix("%") {
            guard let percent = Int(text.dropLast()) else {
                return .failure(SettingFault("is not a percentage"))
            }
            guard (1...100).contains(percent) else {
                return .failure(SettingFault("is out of range: percentages go from 1% to 100%"))
            }
            return .success(.text("\(percent)%"))
        }
        guard let count = Int(text) else {
            return .failure(SettingFault("is neither a number nor a percentage"))
        }
        guard count >= 1 else { return .failure(SettingFault("is out of range")) }
        return .success(.text(String(count)))
    }

    /// Checks no more than what would make every request fail, and that no password sits in a URL that gets logged.
    private static func checkURL(_ text: String) -> Result<SettingValue, SettingFault> {
        guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            return .failure(SettingFault("does not start with http:// or https://"))
        }
        guard !text.contains(" ") else { return .failure(SettingFault("holds a space")) }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            return .failure(SettingFault("holds a user or password; use the keys made for them"))
        }
        guard let first = authority.first, first != ":" else {
            return .failure(SettingFault("names no host"))
        }
        return .success(.text(text))
    }
}
