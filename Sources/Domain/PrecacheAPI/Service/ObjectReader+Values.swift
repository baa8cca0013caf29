import PrecacheModel

/// Values of the vocabulary, read from members.
extension ObjectReader {
    /// A text made into a checked value; what the check says is noted.
    mutating func checked<Value>(
        _ name: String,
        required: Bool = false,
        _ problems: inout InputProblems,
        _ make: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        guard let text = string(name, length: 0...2048, required: required, &problems) else { return nil }
        return InputCheck.value(text, field: path(of: name), &problems, make)
    }

    /// At most 64 short texts by key; nil if the member is missing or wrong.
    mutating func labels(_ name: String, _ problems: inout InputProblems) -> [String: String]? {
        guard let value = value(name, &problems) else { return nil }
        guard case .object(let members) = value else {
            problems.add(path(of: name), "must be an object, not \(value.kind)")
            return nil
        }
        guard members.count <= 64 else {
            problems.add(path(of: name), "must have at most 64 members, not \(members.count)")
            return nil
        }
        var labels: [String: String] = [:]
        for member in members {
            guard PrintableText.isName(member.name, upTo: 255) else {
                problems.add(path(of: name), "a key must be 1 to 255 printable characters")
                continue
            }
            guard case .string(let text) = member.value, text.unicodeScalars.count <= 255 else {
                problems.add("\(path(of: name)).\(member.name)", "must be a string of at most 255 characters")
                continue
            }
            labels[member.name] = text
        }
        return labels
    }

    /// A text that can be shown on one line; also nil for `null` where that is allowed.
    mutating func printable(
        _ name: String,
        length: ClosedRange<Int> = 1...255,
        required: Bool = false,
        nullable: Bool = false,
        _ problems: inout InputProblems
    ) -> String? {
        let text = string(name, length: length, required: required, nullable: nullable, &problems)
        guard let text, !PrintableText.isPrintable(text) else { return text }
        problems.add(path(of: name), "must not contain control characters")
        return nil
    }
}

/// Checks of single texts.
enum InputCheck {
    /// The value that `make` gives; nil, and its message noted, if it refuses the text.
    static func value<Value>(
        _ text: String,
        field: String,
        _ problems: inout InputProblems,
        _ make: (String) throws(InvalidValue) -> Value
    ) -> Value? {
        do throws(InvalidValue) {
            return try make(text)
        } catch {
            problems.add(field, error.description)
            return nil
        }
    }
}
