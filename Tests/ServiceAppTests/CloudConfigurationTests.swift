import HTTPFetching
import Outbox
import PrecacheModel
import Testing

@testable import Identity
@testable import ServiceApp

/// Who the service is in a cloud, whom it believes there, and where its webhook goes.
@Suite struct CloudConfigurationTests {
    private static let password = [
        "auth.mode": "tokens,keystone", "keystone.auth_url": "https://keystone:5000/v3",
        "keystone.username": "precache", "keystone.password": "very-secret",
    ]

    @Test func rolesAreListsWithDefaults() throws {
        let plain = try #require(try configuration(Self.password).cloud)
        #expect(
            plain.gate.roles.role(of: ["admin"]) == .admin
                && plain.gate.roles.role(of: ["member"]) == .operator
        )
        var settings = Self.password
        settings["keystone.operator_roles"] = " image_operator ,, lead  operator,"
        let cloud = try #require(try configuration(settings).cloud)
        for name in ["image_operator", "Lead Operator"] {
            #expect(cloud.gate.roles.role(of: [name]) == .operator)
        }
        for name in ["member", "lead", "operator", ""] { #expect(cloud.gate.roles.role(of: [name]) == nil) }
    }

    @Test(arguments: [
        ["keystone.password": ""], ["keystone.username": ""],
        ["keystone.application_credential_id": "id"],
        ["keystone.application_credential_id": "id", "keystone.application_credential_secret": "s"],
    ])
    func oneWholeCredentialAndNoOther(changes: [String: String]) throws {
        var settings = Self.password
        for (key, value) in changes { settings[key] = value.isEmpty ? nil : value }
        let told = try problems(settings)
        #expect(told.count == 1 && told[0].hasPrefix("keystone.auth_url needs either keystone.username"))
        #expect(!told.joined().contains("very-secret"))
    }

    @Test func anApplicationCredentialWillDo() throws {
        let cloud = try configuration([
            "auth.mode": "keystone", "keystone.auth_url": "https://keystone:5000/v3",
            "keystone.application_credential_id": "id", "keystone.application_credential_secret": "secret",
        ]).cloud
        guard case .applicationCredential(id: "id", secret: "secret")? = cloud?.keystone.credential else {
            Issue.record("not an application credential")
            return
        }
    }

    @Test(arguments: [
        ("https://one/glance, http://two:9292", ["https://one/glance", "http://two:9292"]), (" , ", []),
    ])
    func glancesEndpointsAreAList(text: String, endpoints: [String]) throws {
        var settings = Self.password
        settings["glance.endpoint"] = text
        #expect(try configuration(settings).cloud?.endpoints == endpoints)
    }

    @Test(arguments: ["https://user@one", "https://one?x=1", "https://", "one:9292", "https://a#b"])
    func anEndpointIsAPlainURL(text: String) throws {
        var settings = Self.password
        settings["glance.endpoint"] = text
        #expect(
            try problems(settings) == [
                "glance.endpoint: '\(text)' is no http:// or https:// URL without user and query"
            ]
        )
    }

    @Test func aTokenThatGoesToAgentsInClearTextIsWarnedOf() throws {
        let warning = { (settings: [String: String]) in
            try configuration(settings).warnings.contains { $0.hasPrefix("the service's Keystone token") }
        }
        #expect(try warning(Self.password))
        #expect(try !warning(Self.password.merging(["agents.tls.ca": "/a"]) { $1 }))
    }

    @Test func theSettingsWebhookNeedsASecretAndAnAddress() throws {
        let secret = WebhookSecret(key: [UInt8](repeating: 7, count: 32)).text
        let url = ["webhooks.url": "https://events.example/x"]
        #expect(try problems(url).first?.hasPrefix("webhooks.url needs webhooks.secret") == true)
        let short = try problems(url.merging(["webhooks.secret": "whsec_c2hvcnQ="]) { $1 })
        #expect(short.count == 1 && short[0].hasPrefix("webhooks.secret: ") && !short[0].contains("c2hvcnQ="))
        let whole = url.merging(["webhooks.secret": secret]) { $1 }
        let described = try #require(try configuration(whole).webhooks.described)
        #expect(described.entry.url == "https://events.example/x" && described.secret.text == secret)
        let inside = ["webhooks.url": "http://127.0.0.1/x", "webhooks.secret": secret]
        #expect(try problems(inside).first?.hasPrefix("webhooks.url can't be delivered to: ") == true)
        #expect(try problems(inside.merging(["webhooks.allow_internal": "true"]) { $1 }).isEmpty)
    }

    @Test func webhooksGoThroughTheirProxy() throws {
        let made = try configuration(["webhooks.proxy": "http://p:3128", "webhooks.no_proxy": "a,10.0.0.0/8"])
        #expect(
            made.webhooks.proxy
                == ProxyRule(http: "http://p:3128", https: "http://p:3128", except: "a,10.0.0.0/8")
        )
        #expect(
            try problems(["webhooks.no_proxy": "a"]) == ["webhooks.no_proxy needs webhooks.proxy beside it"]
        )
        let wrong = try problems(["webhooks.proxy": "http://u:secret@p"])
        #expect(
            wrong.count == 1 && wrong[0].hasPrefix("webhooks.proxy can't be used: ")
                && !wrong[0].contains("secret")
        )
    }

    @Test func linksHaveNoSlashAtTheirEnd() throws {
        #expect(try configuration(["nova.public_url": "https://x/nova//"]).nova.publicURL == "https://x/nova")
        let own = try configuration(["listen.public_url": "https://x/precache/"])
        #expect(own.webhooks.outbox.pageURL == "https://x/precache/ui/")
        #expect(try configuration([:]).webhooks.outbox.pageURL == nil)
        for (key, url) in [("listen.public_url", "https://x/?a=b"), ("nova.public_url", "https://x/#a")] {
            #expect(
                try problems([key: url]).first?.hasPrefix("\(key) '\(url)' has a query or a fragment") == true
            )
        }
        #expect(try configuration(["nova.images_role": "operator"]).nova.imagesRole == .operator)
    }
}
