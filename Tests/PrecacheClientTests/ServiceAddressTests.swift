import PrecacheClient
import Testing

@Suite struct ServiceAddressTests {
    @Test(
        arguments: [
            ("http://127.0.0.1:7700/", "http://127.0.0.1:7700", true),
            ("HTTPS://precache.example", "https://precache.example", false),
            ("http://[::1]:7700", "http://[::1]:7700", true),
            ("http://localhost/precache//", "http://localhost/precache", true),
        ]
    ) func takes(text: String, address: String, isLoopback: Bool) throws {
        let parsed = try ServiceAddress(text)
        #expect(parsed.text == address)
        #expect(parsed.isLoopback == isLoopback)
    }

    @Test(arguments: ["", "localhost:7700", "ftp://x", "http://", "http://x/?a=b", "http://x y"])
    func refuses(text: String) {
        let error = #expect(throws: ClientError.self) { try ServiceAddress(text) }
        #expect(error?.kind == .input)
        #expect(error?.message == "'\(text)' is not a service address")
    }

    @Test func doesNotRepeatAPassword() {
        let error = #expect(throws: ClientError.self) { try ServiceAddress("http://me:secret@host") }
        #expect(error?.message == "the service address must not hold a user or password")
    }
}
