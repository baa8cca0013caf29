/// Reads the members of a JSON object one by one, and notes what is wrong with each.
///
/// Every verb gives nil where the member is missing or wrong; a wrong one is noted. ``finish(_:)`` notes the members
/// that nobody asked for.
package struct ObjectReader {
    /// Where the object is, for example `cache[1]`; empty for the whole body.
    package let path: String
    private let members: [JSONValue.Member]
    private var asked: [String] = []

    /// Takes an object; nil, and noted, if the value isn't one.
    package init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard case .object(let members) = value else {
            problems.add(path, "must be an object, not \(value.kind)")
            return nil
        }
        self.path = path
        self.members = members
    }

    /// The path of a member.
    package func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// A member's value; nil if it is missing, and then noted if `required`.
    package mutating func value(
        _ name: String,
        required: Bool = false,
        _ problems: inout InputProblems
    ) -> JSONValue? {
        asked.append(name)
        if let member = members.first(where: { $0.name == name }) { return member.value }
        if required { problems.add(path(of: name), "is missing") }
        return nil
    }

    /// A text of `length` characters; also nil for `null` where that is allowed.
    package mutating func string(
        _ name: String,
        length: ClosedRange<Int> = 1...255,
        required: Bool = false,
        nullable: Bool = false,
        _ problems: inout InputProblems
    ) -> String? {
        guard let value = value(name, required: required, &problems) else { return nil }
        if nullable, value == .null { return nil }
        guard case .string(let text) = value else {
            problems.add(path(of: name), "must be a string, not \(value.kind)")
            return nil
        }
        guard length.contains(text.unicodeScalars.count) else {
            problems.add(
                path(of: name),
                "must have \(length.lowerBound) to \(length.upperBound) characters, not \(text.unicodeScalars.count)"
            )
            return nil
        }
        return text
    }

    /// A whole number within bounds; also nil for `null` where that is allowed.
    package mutating func integer(
        _ name: String,
        _ range: ClosedRange<Int64>,
        required: Bool = false,
        nullable: Bool = false,
        _ problems: inout InputProblems
    ) -> Int64? {
        guard let value = value(name, required: required, &problems) else { return nil }
        if nullable, value == .null { return nil }
        let rule = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .integer(let number) = value else {
            if case .number = value {
                problems.add(path(of: name), rule)
            } else {
                problems.add(path(of: name), "\(rule), not \(value.kind)")
            }
            return nil
        }
        guard range.contains(number) else {
            problems.add(path(of: name), "\(rule), not \(number)")
            return nil
        }
        return number
    }

    /// A truth value.
    package mutating func boolean(
        _ name: String,
        required: Bool = false,
        _ problems: inout InputProblems
    ) -> Bool? {
        guard let value = value(name, required: required, &problems) else { return nil }
        guard case .boolean(let truth) = value else {
            problems.add(path(of: name), "must be true or false, not \(value.kind)")
            return nil
        }
        return truth
    }

    /// An array of `count` elements.
    package mutating func array(
        _ name: String,
        count: ClosedRange<Int>,
        required: Bool = false,
        _ problems: inout InputProblems
    ) -> [JSONValue]? {
        guard let value = value(name, required: required, &problems) else { return nil }
        guard case .array(let items) = value else {
            problems.add(path(of: name), "must be an array, not \(value.kind)")
            return nil
        }
        guard count.contains(items.count) else {
            problems.add(
                path(of: name),
                "must have \(count.lowerBound) to \(count.upperBound) elements, not \(items.count)"
            )
            return nil
        }
        return items
    }

    /// Notes every member that nobody asked for.
    package func finish(_ problems: inout InputProblems) {
        for member in members where !asked.contains(member.name) {
            let shown = String(member.name.unicodeScalars.prefix(80).map(Character.init))
            problems.add(path(of: shown), "is not known here; known are \(asked.joined(separator: ", "))")
        }
    }
}

/// Collects what is wrong with a request, so that its sender learns of everything at once.
package struct InputProblems: Sendable {
    /// The most problems kept; more are counted only.
    package static let maximumKept = 100

    /// What is wrong, in the order found.
    package private(set) var list: [FieldProblem] = []
    /// How many there are, also those not kept.
    package private(set) var count = 0

    /// Nothing wrong yet.
    package init() {}

    /// Adds one.
    package mutating func add(_ field: String, _ message: String) {
        count += 1
        if list.count < Self.maximumKept { list.append(FieldProblem(field, message)) }
    }

    /// Whether nothing is wrong.
    package var isEmpty: Bool { count == 0 }
}

/// What is wrong with one field of a request: an element of a problem's `errors`.
package struct FieldProblem: Error, Hashable, Sendable {
    /// Where, for example `cache[1].id`; empty for the whole body.
    package let field: String
    /// What is wrong and what would be right.
    package let message: String

    package init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
}
