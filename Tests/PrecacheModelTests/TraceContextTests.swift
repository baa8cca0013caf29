import PrecacheModel
import Testing

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let field = "00-\(trace)-00f067aa0ba902b7-01"

    @Test func aFieldIsKeptAsItCame() throws {
        let context = try #require(TraceContext(Self.field))
        #expect(context.text == Self.field && context.traceID == Self.trace && "\(context)" == Self.field)
    }

    @Test(arguments: [("cc", ""), ("01", "-what-the-future-brings")])
    func ofANewerVersionTheFieldsOfThisOneAreRead(version: String, more: String) {
        #expect(TraceContext(version + Self.field.dropFirst(2) + more)?.text == Self.field)
        let flags = version + Self.field.dropFirst(2).dropLast(2) + "fe" + more
        #expect(TraceContext(flags)?.text == Self.field.dropLast(2) + "00")
    }

    private static let none: [String] = {
        var none = ["", "00", field.uppercased(), field.replacing("-", with: "_")]
        none += [field + "-", field + "0", String(field.dropLast()), "01" + field.dropFirst(2) + ".x"]
        none += ["ff", "0g"].map { $0 + field.dropFirst(2) }
        none += [field.replacing("4736", with: "473g"), field.replacing("-01", with: "-é")]
        none.append(field.replacing("-01", with: "-0\n"))
        none.append(field.replacing(trace, with: String(repeating: "0", count: 32)))
        none.append(field.replacing("00f067aa0ba902b7", with: String(repeating: "0", count: 16)))
        return none
    }()

    @Test(arguments: none)
    func whatIsNoneCountsAsNoFieldAtAll(field: String) { #expect(TraceContext(field) == nil) }

    @Test func aJobHasOneOfItsOwn() throws {
        let context = TraceContext(of: try JobID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"))
        #expect(context.text == "00-1b4e28ba2fa14d3ba3f5ef19b5a7633b-a3f5ef19b5a7633b-00")
        #expect(TraceContext(context.text) == context)
    }
}
