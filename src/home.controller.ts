import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/** `/` of the standalone service leads to the documentation until there is a page to link from. */
@ApiExcludeController()
@Controller()
export class HomeController {
  @Get()
  @Redirect('/docs', 302)
  home(): void {
    // The decorator answers.
  }
}
