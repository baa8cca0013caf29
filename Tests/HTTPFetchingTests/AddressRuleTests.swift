import TestSupport
import Testing

@testable import HTTPFetching

/// What must not be connected to isn't, however it is written and whatever name leads there.
@Suite(.timeLimit(.minutes(10)))
struct AddressRuleTests {
    @Test(arguments: [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://[::1]/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:0:127.0.0.1]/", "http://[::127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:7f00:1::]/", "http://0.0.0.0/", "http://0.1.2.3/",
        "http://169.254.169.254/", "http://[fe80::1]/", "http://[febf::1]/", "http://224.0.0.1/",
        "http://239.1.1.1/", "http://[ff02::1]/", "http://240.0.0.1/", "http://255.255.255.255/",
    ])
    func internalAddressesAreRefusedAtOnce(url: String) {
        #expect(AddressRule.noInternal.fault(in: url) != nil)
        #expect(AddressRule.any.fault(in: url) == nil)
    }

    /// Each cloud's, where it is neither link-local nor in a range that is refused anyway.
    @Test(arguments: [
        "http://168.63.129.16/", "http://[::ffff:168.63.129.16]/", "http://[64:ff9b::168.63.129.16]/",
        "http://100.100.100.200/", "http://[fd00:100::100:200]/", "http://192.0.0.192/",
        "http://[fd00:c1::a9fe:a9fe]/", "http://[fd00:ec2::254]/", "http://[fd00:ec2::23]/",
        "http://[fd20:ce::254]/", "http://[fd00:42::42]/", "http://[fd00:a9fe:a9fe::1]/",
    ])
    func metadataServicesAreRefusedAtOnce(url: String) {
        let fault = AddressRule.noInternal.fault(in: url)
        #expect(fault?.hasSuffix("a metadata service's address") == true, "\(fault ?? "none")")
    }

    /// 127.0.0.1 behind a translator of 64:ff9b:1::/48 whose prefix has 48, 56, 64 or 96 bits, the last four bytes a
    /// public address where they are none of its; and that address itself, as the longest prefix has it.
    @Test(arguments: [
        "http://[64:ff9b:1:7f00:0:100:808:808]/", "http://[64:ff9b:1:7f:0:1:808:808]/",
        "http://[64:ff9b:1:0:7f:0:108:808]/", "http://[64:ff9b:1::127.0.0.1]/",
        "http://[64:ff9b:1:fffe::8.8.8.8]/",
    ])
    func addressesOfALocalTranslatorAreRefusedAtOnce(url: String) {
        #expect(AddressRule.noInternal.fault(in: url) != nil)
    }

    @Test(arguments: [
        "http://10.0.0.1/", "https://192.168.1.1/", "http://172.16.0.1:8080/x?y", "http://[fd00::1]/",
        "http://8.8.8.8/", "http://128.0.0.1/", "http://169.253.1.1/", "http://[2001:db8::1]/",
        "http://[fec0::1]/",
        "http://[::ffff:10.0.0.1]/", "http://localhost.example/", "http://100.64.0.1/",
        "http://223.255.255.255/", "http://168.63.129.15/", "http://[fd00:ec3::254]/",
        "http://[fd00:42::43]/", "http://[64:ff9b::8.8.8.8]/",
    ])
    func othersAreNot(url: String) {
        #expect(AddressRule.noInternal.fault(in: url) == nil)
    }

    @Test(arguments: ["http://u:p@10.0.0.1/", "ftp://10.0.0.1/", "10.0.0.1", "http://"])
    func whatIsNoURLIsAFaultUnderEveryRule(url: String) {
        #expect(AddressRule.any.fault(in: url) != nil)
        #expect(AddressRule.noInternal.fault(in: url) != nil)
    }

    @Test(arguments: [0, 3, 5, 8, 17]) func addressesOfUnknownFamiliesAreRefused(count: Int) {
        #expect(AddressRule.noInternal.refusal(of: [UInt8](repeating: 10, count: count)) != nil)
    }

    /// The check that counts: what names resolve to, when the connection is made.
    @Test(arguments: ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
    func theResolvedAddressIsLookedAt(host: String) async throws {
        let server = try ScriptedServer { connection in
            while connection.readRequest() != nil { connection.respond() }
        }
        defer { server.stop() }
        let url = "http://\(host):\(server.port)/secret?query"
        try await withFetcher(FetcherConfiguration(addresses: .noInternal)) { fetcher in
            let error = await failure(of: FetchRequest(url: url), with: fetcher)
            #expect(error?.code == .refusedAddress)
            #expect(error?.retry == .permanent)
            #expect(error?.message.contains("Refused to connect to ") == true)
            #expect(error?.message.contains("loopback") == true)
            #expect(error?.message.contains("query") == false)
        }
        #expect(server.connectionCount == 0)
    }

    /// A check of the URL alone would miss where it leads.
    @Test func otherTargetsAreLookedAtToo() async throws {
        try await withFetcher(FetcherConfiguration(addresses: .noInternal)) { fetcher in
            var request = FetchRequest(url: "http://public.example/")
            request.connectTo = .init(address: "127.0.0.1", port: 9)
            #expect(await failure(of: request, with: fetcher)?.code == .refusedAddress)
        }
    }
}
