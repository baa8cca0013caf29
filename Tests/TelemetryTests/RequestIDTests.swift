import Telemetry
import Testing

@Suite("RequestID")
struct RequestIDTests {
    @Test("is req- and a random UUID of version 4")
    func shape() {
        let made = (0..<1_000).map { _ in RequestID.make() }
        #expect(Set(made).count == 1_000)
        for id in made {
            #expect(
                id.wholeMatch(of: /req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                    != nil
            )
        }
    }

    @Test("every random digit varies")
    func varies() {
        let made = (0..<200).map { _ in Array(RequestID.make().utf8) }
        for index in 4..<40 where ![12, 17, 18, 22, 27].contains(index) {
            #expect(Set(made.map { $0[index] }).count > 1, "digit \(index) never changes")
        }
    }

    @Test("takes the caller's name if it is fit for a log")
    func accepts() {
        #expect(RequestID.accept("req-1.a:B_2") == "req-1.a:B_2")
        for bad in [nil, "", "a b", "a\nb", "é", "a\"", String(repeating: "a", count: 129), "a/b", "a;b"] {
            #expect(RequestID.accept(bad).hasPrefix("req-"))
            #expect(RequestID.accept(bad) != bad)
        }
    }
}
