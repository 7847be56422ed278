package dev.belay.dashboard.lists;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.dashboard.Showcase;
import org.jdbi.v3.core.Jdbi;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lists kept under a name. */
class ViewsTest {
    private static final String LIST = "/views/new?q=type%3Arefund&cols=type%2Ctenant";

    private static Showcase shop;
    private static Visitor ada;
    private static Visitor oscar;
    private static Visitor otto;

    @BeforeAll
    static void open() throws Exception {
        shop = new Showcase(0, settings -> settings.authenticator(Visitor.AUTHENTICATOR));
        ada = new Visitor(shop.url(), "ada");
        oscar = new Visitor(shop.url(), "oscar");
        otto = new Visitor(shop.url(), "otto");
    }

    @AfterAll
    static void close() throws Exception {
        shop.close();
    }

    private static String link(Visitor who, String view) {
        return who.page("/sagas")
                .select("nav[aria-label=Views] a:contains(" + view + ")")
                .attr("href");
    }

    private static String path(Visitor who, String view, String what) {
        return who.page("/views")
                .select("tr:contains(" + view + ") a[href$=/" + what + "]")
                .attr("href");
    }

    @Test
    void aPrivateViewIsItsOwnersAlone() {
        Visitor.Seen kept = oscar.decide(LIST, "name", "My refunds");

        assertThat(kept.location()).contains("/sagas?q=type%3Arefund&cols=type%2Ctenant");
        assertThat(link(oscar, "My refunds")).isEqualTo(kept.location().orElseThrow());
        assertThat(link(otto, "My refunds")).isEmpty();
        String change = path(oscar, "My refunds", "change");
        assertThat(otto.get(change).status()).isEqualTo(404);
        assertThat(ada.get(change).status()).isEqualTo(404);
        assertThat(oscar.decide(change, "name", "Our refunds").status()).isEqualTo(303);
        assertThat(link(oscar, "Our refunds")).isNotEmpty();
        assertThat(oscar.decide(path(oscar, "Our refunds", "delete")).status()).isEqualTo(303);
        assertThat(link(oscar, "Our refunds")).isEmpty();
    }

    @Test
    void onlyWhoMaySharesAViewWithEverybody() {
        assertThat(oscar.decide(LIST, "name", "Shared by oscar", "shared", "true")
                        .status())
                .isEqualTo(403);
        assertThat(link(oscar, "Shared by oscar")).isEmpty();
        assertThat(ada.decide(LIST, "name", "Shared by ada", "shared", "true").status())
                .isEqualTo(303);

        assertThat(link(otto, "Shared by ada")).isEqualTo("/sagas?q=type%3Arefund&cols=type%2Ctenant");
        Document views = otto.page("/views");
        assertThat(views.select("tr:contains(Shared by ada) a[href$=/delete]")).isEmpty();
        String delete = path(ada, "Shared by ada", "delete");
        assertThat(otto.get(delete).status()).isEqualTo(403);
        assertThat(ada.decide(delete).status()).isEqualTo(303);
        assertThat(link(otto, "Shared by ada")).isEmpty();
    }

    @Test
    void aNameIsTakenOnceByEach() {
        assertThat(oscar.decide(LIST, "name", "Twice").status()).isEqualTo(303);

        Visitor.Seen again = oscar.decide(LIST, "name", "Twice");

        assertThat(again.status()).isEqualTo(409);
        assertThat(again.page().text()).contains("You have a view called \"Twice\" already");
        assertThat(otto.decide(LIST, "name", "Twice").status()).isEqualTo(303);
    }

    @Test
    void aFormThatIsSentTwiceKeepsOneView() {
        String request = "0b0e4c1e-6c1a-4c44-9d2d-0d6a3f7f2a11";

        assertThat(oscar.decide(LIST, "name", "Once", "request", request).status())
                .isEqualTo(303);
        assertThat(oscar.decide(LIST, "name", "Once", "request", request).status())
                .isEqualTo(303);

        assertThat(oscar.page("/views").select("tbody tr:contains(Once)")).hasSize(1);
    }

    @Test
    void nobodyHasMoreThanTwoHundred() {
        Jdbi.create(shop.pool()).useHandle(handle -> handle.execute("""
                insert into belay.dashboard_view (page, name, query, owner, shared)
                select 'sagas', 'view ' || n, '', 'nils', false from generate_series(1, 200) as n"""));

        Visitor.Seen refused = new Visitor(shop.url(), "nils").decide(LIST, "name", "One more");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.page().text()).contains("You have 200 views").contains("Delete one");
    }

    @Test
    void aNameIsOneShortLine() {
        assertThat(oscar.decide(LIST, "name", "x".repeat(81)).status()).isEqualTo(422);
        assertThat(oscar.decide(LIST, "name", "two\nlines").status()).isEqualTo(422);
        assertThat(oscar.decide(LIST, "name", "<b onclick=x>").status()).isEqualTo(303);
        assertThat(oscar.page("/views").select("[onclick]")).isEmpty();
    }
}
