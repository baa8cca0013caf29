import PrecacheClient

/// Writes a list, however many parts the service gives it in.
struct ListPrinter<Item: ServiceItem> {
    /// All columns, wide ones too.
    let columns: [ListColumn<Item>]
    /// What to say where there is nothing.
    let empty: String
    /// What names an item, for `-o name`.
    let name: (Item) -> String
    /// Whether people get all of it in the order of its names where no other is asked for; else, and where they want only
    /// some, it stays in the service's.
    let isByName: Bool

    private struct Row {
        let item: Item
        /// As the service gave it; nil where nobody will see it.
        let node: DocumentNode?
    }

    init(
        columns: [ListColumn<Item>],
        empty: String,
        byName: Bool = false,
        name: @escaping (Item) -> String
    ) {
        self.columns = columns
        self.empty = empty
        isByName = byName
        self.name = name
    }

    /// Asks for parts until `limit` items are there or there are no more, and writes them.
    ///
    /// - Parameters:
    ///   - context: What the command works with.
    ///   - options: Columns and order.
    ///   - limit: The most items; nil for all. The first ones of the order that was asked for, else of the service's.
    ///   - questions: What to ask for, one after another; their answers make one list.
    ///   - fetch: Asks a question for so many items after a cursor.
    /// - Throws: What `fetch` throws, ``ClientError`` for columns that aren't there, and ``OutputClosed``.
    func run<Question>(
        _ context: CommandContext,
        _ options: ListOptions,
        limit: Int?,
        questions: [Question],
        fetch: (Question, Int, String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws {
        let shown = try shown(options, context.format)
        let sorting = try options.sort.map {
            (column: try columns.named($0.column), descending: $0.descending)
        }
        let readsAll = sorting != nil || (isByName && limit == nil && !context.format.isDocument)
        var rows = try await rows(context, most: readsAll ? .max : limit ?? .max, questions, fetch)
        if let sorting {
            // The library's sort leaves what is alike as it was.
            rows.sort { sorting.column.precedes($0.item, $1.item, descending: sorting.descending) }
        } else if readsAll {
            rows.sort { NaturalOrder.precedes(name($0.item), name($1.item)) }
        }
        rows = Array(rows.prefix(limit ?? .max))
        try write(rows, shown, context)
        if rows.isEmpty { try context.console.say([empty]) }
    }

    /// The same for a single question.
    func run(
        _ context: CommandContext,
        _ options: ListOptions,
        limit: Int?,
        fetch: (Int, String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws {
        try await run(context, options, limit: limit, questions: [()]) {
            _,
            wanted,
            after throws(ClientError) in
            try await fetch(wanted, after)
        }
    }

    private func shown(
        _ options: ListOptions,
        _ format: OutputFormat
    ) throws(ClientError) -> [ListColumn<Item>] {
        guard let names = options.columns else { return columns.filter { format == .wide || !$0.isWide } }
        guard format.isTable else {
            throw ClientError(.input, "--columns is for tables, not for -o \(format.rawValue)")
        }
        var shown: [ListColumn<Item>] = []
        for name in names { shown.append(try columns.named(name)) }
        return shown
    }

    private func rows<Question>(
        _ context: CommandContext,
        most: Int,
        _ questions: [Question],
        _ fetch: (Question, Int, String?) async throws(ClientError) -> Reply<Listing<Item>>
    ) async throws -> [Row] {
        var rows: [Row] = []
        for question in questions {
            var after: String?
            repeat {
                guard rows.count < most else { break }
                let reply = try await fetch(
                    question,
                    min(ServiceClient.largestPage, most - rows.count),
                    after
                )
                let nodes = context.format.isDocument ? items(in: try context.json(reply.body)) : []
                rows += reply.value.items.enumerated().map { index, item in
                    Row(item: item, node: index < nodes.count ? nodes[index] : nil)
                }
                // A cursor that doesn't move would never end.
                after = reply.value.items.isEmpty || reply.value.next == after ? nil : reply.value.next
            } while after != nil
        }
        return rows
    }

    private func write(_ rows: [Row], _ shown: [ListColumn<Item>], _ context: CommandContext) throws {
        switch context.format {
        case .json, .yaml:
            let place = DocumentPosition.start
            let list = DocumentNode(.sequence(rows.compactMap(\.node)), at: place)
            let entry = DocumentNode.Entry(key: Item.many, position: place, value: list)
            try context.print(document: DocumentNode(.mapping([entry]), at: place))
        case .name:
            var last: String?
            let names = rows.map { name($0.item) }.filter { name in
                defer { last = name }
                return name != last
            }
            try context.console.print(names.map(TerminalText.escaped))
        case .table, .wide:
            guard !rows.isEmpty else { return }
            var table = TextTable(shown.map { .init(heading: $0.heading, kind: $0.kind) })
            for row in rows {
                table.add(
                    shown.map { column in
                        ((context.format == .wide ? column.whole : nil) ?? column.text)(row.item)
                    }
                )
            }
            try context.print(table)
        }
    }

    private func items(in node: DocumentNode) -> [DocumentNode] {
        guard case .sequence(let items)? = node[Item.many]?.content else { return [] }
        return items
    }
}
