import FoundationEssentials

extension AgentEvent {
    /// The event as one line of JSON, line feed included.
    public func line() throws(AgentLineError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(AgentEventFields(self))) + [UInt8(ascii: "\n")]
        } catch {
            throw AgentLineError("the event can't be written: \(error)")
        }
    }

    /// Reads one line, with or without its line feed.
    ///
    /// Throws ``AgentLineError`` for anything that isn't an event. A type that isn't known is ``unknown(type:)``, and
    /// fields that aren't known are ignored, so that a newer agent can say more.
    public init(line: some Sequence<UInt8>) throws(AgentLineError) {
        let fields: AgentEventFields
        do {
            fields = try JSONDecoder().decode(AgentEventFields.self, from: Data(line))
        } catch {
            throw AgentLineError("not a JSON object with a type")
        }
        self = try fields.event()
    }
}
