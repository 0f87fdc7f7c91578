// A backend in Go on a core over HTTP. It prints what each step has led to, as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/supertokens/supertokens-golang/recipe/emailpassword"
	"github.com/supertokens/supertokens-golang/recipe/emailpassword/epmodels"
	"github.com/supertokens/supertokens-golang/recipe/emailverification"
	"github.com/supertokens/supertokens-golang/recipe/emailverification/evmodels"
	"github.com/supertokens/supertokens-golang/recipe/session"
	"github.com/supertokens/supertokens-golang/recipe/userroles"
	"github.com/supertokens/supertokens-golang/supertokens"
)

const old, next = "correct horse 1", "battery staple 2"

func main() {
	connectionURI, apiKey := os.Getenv("CONNECTION_URI"), os.Getenv("API_KEY")
	telemetry := false
	check(supertokens.Init(supertokens.TypeInput{
		Supertokens: &supertokens.ConnectionInfo{ConnectionURI: connectionURI, APIKey: apiKey},
		AppInfo: supertokens.AppInfo{
			AppName:       "App",
			APIDomain:     "http://localhost:8000",
			WebsiteDomain: "http://localhost:3000",
		},
		RecipeList: []supertokens.Recipe{
			emailpassword.Init(nil),
			emailverification.Init(evmodels.TypeInput{Mode: evmodels.ModeRequired}),
			userroles.Init(nil),
			session.Init(nil),
		},
		Telemetry: &telemetry,
	}))
	email := fmt.Sprintf("%d@example.com", time.Now().UnixNano())
	results := map[string]any{}
	user := signUp(email, results)
	verify(user.ID, results)
	reset(user.ID, email, results)
	giveRole(user.ID, results)
	check(supertokens.DeleteUser(user.ID))
	results["afterDeletion"] = signIn(email, next)
	check(json.NewEncoder(os.Stdout).Encode(results))
}

func signUp(email string, results map[string]any) epmodels.User {
	signedUp := must(emailpassword.SignUp("public", email, old))
	results["signUp"] = signedUp.OK != nil
	again := must(emailpassword.SignUp("public", email, old))
	results["signUpAgain"] = again.OK != nil
	signedIn := must(emailpassword.SignIn("public", strings.ToUpper(email), old))
	results["signIn"] = []any{signedIn.OK != nil, signedIn.OK.User.ID == signedUp.OK.User.ID}
	results["wrongPassword"] = signIn(email, next)
	return signedUp.OK.User
}

func verify(userID string, results map[string]any) {
	results["isVerified"] = must(emailverification.IsEmailVerified(userID, nil))
	token := must(emailverification.CreateEmailVerificationToken("public", userID, nil)).OK.Token
	for _, step := range []string{"verify", "verifyAgain"} {
		verified := must(emailverification.VerifyEmailUsingToken("public", token))
		results[step] = verified.OK != nil
	}
	results["isVerifiedThen"] = must(emailverification.IsEmailVerified(userID, nil))
}

func reset(userID, email string, results map[string]any) {
	token := must(emailpassword.CreateResetPasswordToken("public", userID)).OK.Token
	for _, step := range []string{"reset", "resetAgain"} {
		changed := must(emailpassword.ResetPasswordUsingToken("public", token, next))
		results[step] = changed.OK != nil
	}
	results["oldPassword"] = signIn(email, old)
	results["newPassword"] = signIn(email, next)
}

func giveRole(userID string, results map[string]any) {
	must(userroles.CreateNewRoleOrAddPermissions("admin", []string{"report:read"}))
	must(userroles.AddRoleToUser("public", userID, "admin"))
	results["roles"] = must(userroles.GetRolesForUser("public", userID)).OK.Roles
	// With nil as payload, the SDK drops the claims of its recipes.
	payload := map[string]any{}
	created := must(session.CreateNewSessionWithoutRequestResponse("public", userID, payload, nil, nil))
	claims := created.GetAccessTokenPayload()
	values := []any{}
	for _, key := range []string{"st-ev", "st-role", "st-perm"} {
		values = append(values, claims[key].(map[string]any)["v"])
	}
	results["claims"] = values
}

func signIn(email, password string) bool {
	return must(emailpassword.SignIn("public", email, password)).OK != nil
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
