import ArgumentParser
import PrecacheClient
import TextForms

/// A column of a list: what it shows of an item, and by what it sorts.
struct ListColumn<Item> {
    let heading: String
    let kind: TextTable.Column.Kind
    /// Whether it is shown only with `-o wide` and where `--columns` names it.
    var isWide = false
    /// The item's cell.
    let text: (Item) -> String?
    /// The cell where there is room for all of it, if that is more; it sorts, too.
    var whole: ((Item) -> String?)?
    /// What a number sorts by.
    var value: ((Item) -> Int64?)?

    static func text(_ heading: String, wide: Bool = false, _ text: @escaping (Item) -> String?) -> Self {
        ListColumn(heading: heading, kind: .text, isWide: wide, text: text)
    }

    static func prose(_ heading: String, wide: Bool = false, _ text: @escaping (Item) -> String?) -> Self {
        ListColumn(heading: heading, kind: .prose, isWide: wide, text: text)
    }

    /// A number with its way of being written.
    static func number(
        _ heading: String,
        wide: Bool = false,
        _ value: @escaping (Item) -> Int64?,
        _ words: @escaping (Int64) -> String
    ) -> Self {
        ListColumn(
            heading: heading,
            kind: .number,
            isWide: wide,
            text: { value($0).map(words) },
            value: value
        )
    }

    /// How many there are of something.
    static func count(_ heading: String, wide: Bool = false, _ count: @escaping (Item) -> Int?) -> Self {
        number(heading, wide: wide, { item in count(item).map { Int64($0) } }, { Quantity.count(Int($0)) })
    }

    /// A moment.
    static func time(_ heading: String, wide: Bool = false, _ text: @escaping (Item) -> String?) -> Self {
        ListColumn(heading: heading, kind: .text, isWide: wide, text: { TimeText.short(text($0)) })
    }

    /// A long identifier of which the beginning is enough to tell it apart.
    static func id(_ heading: String, _ text: @escaping (Item) -> String) -> Self {
        ListColumn(heading: heading, kind: .text, text: { JobLookup.short(text($0)) }, whole: text)
    }

    /// Whether an item comes before another by this column; what has no cell comes last.
    func precedes(_ left: Item, _ right: Item, descending: Bool) -> Bool {
        if let value { return Self.precedes(value(left), value(right), descending, by: <) }
        let text = whole ?? text
        return Self.precedes(text(left), text(right), descending, by: NaturalOrder.precedes)
    }

    private static func precedes<Key>(
        _ left: Key?,
        _ right: Key?,
        _ descending: Bool,
        by precedes: (Key, Key) -> Bool
    ) -> Bool {
        guard let left, let right else { return left != nil && right == nil }
        return descending ? precedes(right, left) : precedes(left, right)
    }
}

/// What every list takes.
struct ListOptions: ParsableArguments {
    /// The column to sort by, and which way.
    struct Sorting: Sendable {
        let column: String
        let descending: Bool

        init(_ text: String) throws {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let column = parts.first, !column.isEmpty,
                parts.count == 1 || ["asc", "desc"].contains(parts[1]),
                parts.count <= 2
            else {
                throw ValidationError(
                    "'\(TerminalText.escaped(text))' is not COLUMN, COLUMN:asc or COLUMN:desc"
                )
            }
            self.column = String(column)
            descending = parts.count > 1 && parts[1] == "desc"
        }
    }

    @Option(
        help: ArgumentHelp(
            "The table's columns by their headings, for example name,state.",
            valueName: "column,…"
        ),
        transform: { $0.split(separator: ",").map(String.init) }
    )
    var columns: [String]?

    @Option(
        help: ArgumentHelp("The column to sort by; COLUMN:desc for the other way.", valueName: "column"),
        transform: Sorting.init
    )
    var sort: Sorting?
}

extension Array {
    /// The column that a person means.
    func named<Item>(_ name: String) throws(ClientError) -> Element where Element == ListColumn<Item> {
        let wanted = Self.plain(name)
        if let column = first(where: { Self.plain($0.heading) == wanted }) { return column }
        let names = map { Self.plain($0.heading) }
        let meant = NearestName.find(wanted, in: names).map { "did you mean \($0)?" }
        throw ClientError(
            .input,
            "there is no column '\(name)'; \(meant ?? "there are \(names.joined(separator: ", "))")"
        )
    }

    private static func plain(_ heading: String) -> String {
        String(heading.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    }
}
