import HTTPFetching
import PrecacheModel
import TestSupport
import Testing

@testable import Outbox

@Suite(.timeLimit(.minutes(10)))
struct SignatureTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let delivery = Delivery(
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        contentType: "application/json",
        body: Array(#"{"test": 2432232314}"#.utf8)
    )

    /// The example of Standard Webhooks' reference libraries.
    @Test func isThatOfTheStandardsExample() throws {
        let header = try DeliverySignature.header(
            Self.delivery,
            timestamp: 1_614_265_330,
            secret: try WebhookSecret(Self.secret)
        )
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func deliveriesCarryItAndFollowNoRedirect() async throws {
        let head = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            head.fire(connection.readRequest())
            connection.respond("302 Found", headers: ["Location: http://127.0.0.1:1/", "Retry-After: 7"])
        } _: { server, fetcher in
            let sender = HTTPDeliverySender(
                fetcher: fetcher,
                addresses: .any,
                timeout: .seconds(30),
                now: { Timestamp(microseconds: 1_614_265_330_999_999) }
            )
            var target = try Samples.target()
            target.entry.url = server.url + "/hook?a=b"
            target.secret = try WebhookSecret(Self.secret)
            let result = await sender.send(Self.delivery, to: target)
            #expect(
                result
                    == DeliveryResult(
                        status: 302,
                        detail: "the endpoint answered 302",
                        retryAfter: .seconds(7)
                    )
            )
        }
        let request = try #require(await head.wait())
        #expect(request.header("webhook-id") == Self.delivery.id)
        #expect(request.header("webhook-timestamp") == "1614265330")
        #expect(request.header("webhook-signature") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func whatForbidsAnAddressIsToldWithoutTheQuery() async throws {
        try await withFetcher(FetcherConfiguration(addresses: .noInternal)) { fetcher in
            let sender = HTTPDeliverySender(fetcher: fetcher, addresses: .noInternal, timeout: .seconds(30))
            var target = try Samples.target()
            target.entry.url = "http://127.0.0.1:9/hook?password"
            let result = await sender.send(Self.delivery, to: target)
            #expect(result.status == nil)
            #expect(
                result.detail
                    == "Refused to connect to 127.0.0.1, a loopback address (http://127.0.0.1:9/hook)"
            )
        }
    }
}
