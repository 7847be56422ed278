package dev.belay;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaEnumConstant;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What holds for all of the library's main code, read from its compiled classes. */
class ArchitectureTest {
    private static final String API = "dev.belay";
    private static final String INSPECT = "dev.belay.inspect";
    private static final String AGENT = "dev.belay.agent";
    private static final String INTERNAL = "dev.belay.internal..";
    private static final String WORKER = "dev.belay.internal.worker..";
    private static final String COORDINATOR = "dev.belay.internal.coordinator..";
    private static final String QUEUE = "dev.belay.internal.queue..";
    private static final String JOURNAL = "dev.belay.internal.journal..";

    private static final Set<String> SQL_OF_JDBI = Set.of(
            "createQuery",
            "createUpdate",
            "createBatch",
            "createCall",
            "createScript",
            "prepareBatch",
            "select",
            "execute");
    private static final Set<String> SQL_OF_JDBC = Set.of("prepareStatement", "prepareCall", "createStatement");

    private static final JavaClasses MAIN = new ClassFileImporter().importPath(compiledClasses());

    private static Path compiledClasses() {
        try {
            return Path.of(Belay.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void journalKnowsNoneOfTheOthers() {
        noClasses()
                .that()
                .resideInAPackage(JOURNAL)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(QUEUE, COORDINATOR, WORKER)
                .check(MAIN);
    }

    @Test
    void queueKnowsOnlyTheJournal() {
        noClasses()
                .that()
                .resideInAPackage(QUEUE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(COORDINATOR, WORKER)
                .check(MAIN);
    }

    @Test
    void coordinatorDoesNotKnowTheWorker() {
        noClasses()
                .that()
                .resideInAPackage(COORDINATOR)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(WORKER)
                .check(MAIN);
    }

    @Test
    void partsDoNotKnowTheEngineThatJoinsThem() {
        noClasses()
                .that()
                .resideInAnyPackage(WORKER, COORDINATOR, QUEUE, JOURNAL)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.belay.internal")
                .check(MAIN);
    }

    @Test
    void apiDoesNotKnowTheInternals() {
        noClasses()
                .that()
                .resideInAnyPackage(API, INSPECT, AGENT)
                .and()
                .doNotBelongToAnyOf(BelayBuilder.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(INTERNAL)
                .check(MAIN);
    }

    @Test
    void oneDoorLeadsFromTheBuilderToTheEngine() {
        noClasses()
                .that()
                .belongToAnyOf(BelayBuilder.class)
                .should()
                .dependOnClassesThat(resideInAPackage(INTERNAL)
                        .and(describe(
                                "are not the engine",
                                (JavaClass type) -> !type.getName().equals("dev.belay.internal.Engine"))))
                .check(MAIN);
    }

    @Test
    void sqlIsWrittenInJournalAndQueueOnly() {
        DescribedPredicate<JavaCall<?>> sql = describe("send SQL", ArchitectureTest::sendsSql);
        noClasses()
                .that()
                .resideOutsideOfPackages(JOURNAL, QUEUE)
                .and()
                .doNotHaveFullyQualifiedName("dev.belay.internal.worker.Notifier")
                .and()
                .doNotHaveFullyQualifiedName("dev.belay.internal.worker.Listener")
                .should()
                .callMethodWhere(sql)
                .because("a statement is found where its table is; only NOTIFY and LISTEN belong to no table")
                .check(MAIN);
    }

    private static boolean sendsSql(JavaCall<?> call) {
        JavaClass owner = call.getTargetOwner();
        String method = call.getName();
        return (owner.isAssignableTo(Handle.class) && SQL_OF_JDBI.contains(method))
                || (owner.isAssignableTo(Connection.class) && SQL_OF_JDBC.contains(method))
                || (owner.isAssignableTo(Statement.class) && method.startsWith("execute"));
    }

    @Test
    void jsonHasNoDefaultTyping() {
        noClasses()
                .should()
                .callMethodWhere(describe(
                        "turn on polymorphic default typing",
                        (JavaCall<?> call) -> call.getName().startsWith("activateDefaultTyping")
                                || call.getName().startsWith("enableDefaultTyping")))
                .check(MAIN);
    }

    @Test
    void jsonNamesNoClasses() {
        classes().should(notBeTypedByClassName()).check(MAIN);
    }

    @Test
    void nothingIsSerialisedTheJavaWay() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class)
                .check(MAIN);
    }

    @Test
    void noClassIsLoadedByItsName() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.belay.internal.worker.StepThreads")
                .should()
                .callMethodWhere(describe("load a class by its name", ArchitectureTest::loadsByName))
                .because("only a class of the JVM itself, which older JVMs lack, is looked up by name")
                .check(MAIN);
    }

    private static boolean loadsByName(JavaCall<?> call) {
        JavaClass owner = call.getTargetOwner();
        return (owner.isEquivalentTo(Class.class) && call.getName().equals("forName"))
                || (owner.isAssignableTo(ClassLoader.class) && call.getName().equals("loadClass"))
                || call.getName().equals("findClass");
    }

    private static ArchCondition<JavaClass> notBeTypedByClassName() {
        return new ArchCondition<>("not name Java classes in its JSON") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Stream.concat(
                                type.getAnnotations().stream(),
                                type.getMembers().stream().flatMap(member -> member.getAnnotations().stream()))
                        .filter(ArchitectureTest::namesClasses)
                        .forEach(annotation ->
                                events.add(SimpleConditionEvent.violated(type, type.getName() + " has " + annotation)));
            }
        };
    }

    private static boolean namesClasses(JavaAnnotation<?> annotation) {
        return annotation.getRawType().isEquivalentTo(JsonTypeInfo.class)
                && annotation
                        .get("use")
                        .map(use -> use instanceof JavaEnumConstant named
                                && named.name().endsWith("CLASS"))
                        .orElse(false);
    }

    @Test
    void everyPackageIsNullMarked() {
        classes().should(beInANullMarkedPackage()).check(MAIN);
    }

    private static ArchCondition<JavaClass> beInANullMarkedPackage() {
        return new ArchCondition<>("be in a package marked @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                    events.add(SimpleConditionEvent.violated(
                            type, type.getPackageName() + " has no package-info with @NullMarked"));
                }
            }
        };
    }

    @Test
    void nothingIsPrintedToTheConsole() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MAIN);
    }

    @Test
    void mainCodeIsFoundAtAll() {
        classes()
                .that(resideInAnyPackage(API, INTERNAL))
                .and()
                .haveSimpleName("Lane")
                .should()
                .resideInAPackage(QUEUE)
                .check(MAIN);
        classes()
                .that(resideInAPackage(INSPECT))
                .and()
                .haveSimpleName("Inspector")
                .should()
                .beInterfaces()
                .check(MAIN);
    }
}
