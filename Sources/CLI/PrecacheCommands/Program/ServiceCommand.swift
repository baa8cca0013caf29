import ArgumentParser
import PrecacheClient

/// A command that needs no service.
protocol LocalCommand: AsyncParsableCommand {
    /// Does the work and says how the program ends.
    func run(_ console: Console) throws -> ExitStatus
}

/// A command that calls the service.
protocol ServiceCommand: AsyncParsableCommand {
    /// How its options name the service.
    associatedtype Client: ClientOptionSet

    /// What every command takes.
    var client: Client { get }

    /// Does the work and says how the program ends.
    func run(_ context: CommandContext) async throws -> ExitStatus
}

/// What a command works with.
struct CommandContext: Sendable {
    let client: ServiceClient
    /// How the service is reached; nil in tests.
    let settings: ClientSettings?
    let console: Console
    let format: OutputFormat
    let signals: SignalWatch
    let pace: WatchPace?

    /// The pace of a watch: as given by a test, else by whether there is a terminal.
    var watchPace: WatchPace { pace ?? (console.isLive ? .live : .plain) }

    /// The address of a place of the service's page, for a browser: `page("jobs", id)`.
    func page(_ place: String...) -> String {
        "\(client.transport.address)/ui/#/" + place.map(PercentEncoding.encoded).joined(separator: "/")
    }

    /// What a call gives; nil where there is no such thing yet.
    func known<Value>(
        _ call: () async throws(ClientError) -> Reply<Value>
    ) async throws(ClientError) -> Value? {
        do throws(ClientError) {
            return try await call().value
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// Writes the service's answer as a document.
    func print(json body: [UInt8]) throws { try print(document: try json(body)) }

    /// Writes a document, indented.
    func print(document: DocumentNode) throws {
        try console.print([
            format == .yaml ? YAMLPrinter.pretty(document) : JSONPrinter.pretty(document)
        ])
    }

    /// Writes a table that fits the terminal.
    func print(_ table: TextTable) throws(OutputClosed) {
        try console.print(table)
    }

    /// Reads an answer's JSON without losing anything of it.
    func json(_ body: [UInt8]) throws -> DocumentNode {
        do {
            return try DocumentReader.read(String(decoding: body, as: UTF8.self), as: .json)
        } catch {
            throw ClientError(
                .unreadable,
                "\(client.transport.address) gave an answer that isn't JSON",
                hint: "Is that address really precached's? See it with: precache status"
            )
        }
    }

    /// Writes names and values, one a line, or the answer as it came; with `-o name` the first value alone.
    func show(_ body: [UInt8], _ fields: [(name: String, value: String?)]) throws {
        if format.isDocument { return try print(json: body) }
        if format == .name {
            return try console.print(fields.prefix(1).compactMap { $0.value.map(TerminalText.escaped) })
        }
        try console.print(fields)
    }
}

extension Console {
    /// Writes a table that fits the terminal.
    func print(_ table: TextTable) throws(OutputClosed) {
        try print(
            table.lines(width: outputWidth(), mark: glyphs.cut, paint: Paint(isOn: outputHasColor))
        )
    }

    /// Writes names and values, one a line; those without a value are left out.
    func print(_ fields: [(name: String, value: String?)]) throws(OutputClosed) {
        let width = fields.reduce(0) { max($0, TerminalText.width($1.name)) }
        try print(
            fields.compactMap { field in
                guard let value = field.value, !value.isEmpty else { return nil }
                return TerminalText.padded(field.name, to: width) + "  " + TerminalText.escaped(value)
            }
        )
    }
}

/// How results are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case table
    /// The same with more columns, and whole ids.
    case wide
    /// For programs: the service's own JSON.
    case json
    /// The same as YAML.
    case yaml
    /// Names alone, one a line, for other commands.
    case name

    /// Whether the service's own answer is wanted.
    var isDocument: Bool { self == .json || self == .yaml }
    /// Whether it is for people.
    var isTable: Bool { self == .table || self == .wide }
}
